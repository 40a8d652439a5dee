/** Small tiles that are repeated over a bar, so that kinds differ by more than colour. */
import type { Pattern } from './task-kinds.ts'

/** The size of a tile in CSS pixels. */
const TILE = 6

/** @param ratio device pixels per CSS pixel @returns null for a plain bar */
export function patternFill(context: CanvasRenderingContext2D, pattern: Pattern, ink: string, ratio: number): CanvasPattern | null {
  if (pattern === 'plain') return null
  const tile = new OffscreenCanvas(Math.round(TILE * ratio), Math.round(TILE * ratio))
  const draw = tile.getContext('2d')!
  const size = tile.width
  draw.strokeStyle = ink
  draw.fillStyle = ink
  draw.lineWidth = Math.max(1, ratio)
  draw.beginPath()
  if (pattern === 'rising' || pattern === 'cross') diagonal(draw, size, false)
  if (pattern === 'falling' || pattern === 'cross') diagonal(draw, size, true)
  if (pattern === 'upright') {
    draw.moveTo(size / 2, 0)
    draw.lineTo(size / 2, size)
  }
  draw.stroke()
  if (pattern === 'dots') {
    draw.arc(size / 2, size / 2, size / 5, 0, 2 * Math.PI)
    draw.fill()
  }
  const fill = context.createPattern(tile, 'repeat')!
  fill.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, 0, 0]))
  return fill
}

/** Draws the lines of a tile past its corners, so that neighbouring tiles join. */
function diagonal(draw: OffscreenCanvasRenderingContext2D, size: number, falls: boolean): void {
  for (const shift of [-size, 0, size]) {
    draw.moveTo(shift - 1, falls ? -1 : size + 1)
    draw.lineTo(shift + size + 1, falls ? size + 1 : -1)
  }
}
