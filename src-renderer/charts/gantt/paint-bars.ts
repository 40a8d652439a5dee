/** Paints the content of the rows: bars, bubbles, need times and names of layers. */
import type { Lane } from './schedule-model.ts'
import { plotWidth, type Scene, screenTop } from './scene.ts'
import { KIND_LOOKS } from './task-kinds.ts'
import { pixelAt } from './time-window.ts'
import { firstSeen, forEachVisibleBar, forEachVisibleGap } from './visible-bars.ts'
import { type Row, rowBelow } from './row-layout.ts'

/** The fills, which depend only on the theme and the screen. */
export interface Fills {
  readonly kinds: readonly (CanvasPattern | null)[]
  readonly bubble: CanvasPattern
}

/** The width below which bars have no pattern, no rounded corners and no name. */
const PATTERNED_PIXELS = 5
const ROUNDED_PIXELS = 4
const NAMED_PIXELS = 22
const LEAST_BUBBLE_PIXELS = 3

/** Rectangles of one kind as x, y, width, height in turn; filled together, as one path each. */
type Rectangles = number[]

export function paintRows(context: CanvasRenderingContext2D, scene: Scene, fills: Fills): void {
  const { layout, frame, scrollTop, theme, panels, window, shown } = scene
  const width = plotWidth(scene)
  const bars: Rectangles[] = KIND_LOOKS.map(() => [])
  const waits: Rectangles = []
  const bubbles: Rectangles = []
  const names: { text: string; x: number; y: number; kind: number }[] = []
  const underWay: Rectangles = []
  const needs: { x: number; top: number; height: number; missed: boolean }[] = []

  for (let at = rowBelow(layout, scrollTop); at < layout.rows.length; at++) {
    const row = layout.rows[at]!
    const top = screenTop(scene, row.top)
    if (top > frame.height) break
    const { model } = panels[row.panel]!
    const lane = model.lanes[row.lane]!
    const inset = row.height >= 14 ? 2 : 1
    const y = top + inset
    const height = row.height - 2 * inset
    if (shown.bubbles && lane.computes) {
      forEachVisibleGap(lane, window, width, model.seconds, LEAST_BUBBLE_PIXELS, (left, right) => {
        const from = Math.max(0, left)
        bubbles.push(frame.gutter + from, y, Math.min(right, width) - from, height)
      })
    }
    forEachVisibleBar(lane, window, width, (first, last, left, right) => {
      const from = Math.max(left, -ROUNDED_PIXELS)
      const to = Math.min(right, width + ROUNDED_PIXELS)
      const kind = lane.kinds[first]!
      // A hairline between neighbours tells them apart.
      const gap = to - from > 3 ? 0.5 : 0
      ;(kind < 0 ? waits : bars[kind]!).push(frame.gutter + from, y, to - from - gap, height)
      if (isMessage(kind)) {
        const arrives = Math.min(pixelAt(window, width, lane.availables[last]!), width)
        if (arrives - to > 1) underWay.push(frame.gutter + Math.max(0, to), y + height / 2 - 0.75, arrives - Math.max(0, to), 1.5)
      }
      if (height < 11 || last > first || to - from < NAMED_PIXELS) return
      const text = scene.names.bar(lane.tasks[first]!)
      const x = frame.gutter + Math.max(from, 0) + 4
      if (text !== '' && Math.min(to, width) + frame.gutter - x > text.length * theme.small * 0.56)
        names.push({ text, x, y: y + height / 2, kind })
    })
    if (shown.needTimes) collectNeeds(scene, row, lane, top, needs)
  }

  context.fillStyle = fills.bubble
  fillPlain(context, bubbles)
  // This bar is a message that has left the link and has not arrived yet.
  context.fillStyle = theme.ink3
  fillPlain(context, underWay)
  for (const [kind, rectangles] of bars.entries()) {
    context.fillStyle = theme.kinds[kind]!
    fillRounded(context, rectangles)
    const pattern = fills.kinds[kind]
    if (!pattern) continue
    context.fillStyle = pattern
    fillPlain(context, rectangles, PATTERNED_PIXELS)
  }
  paintWaits(context, scene, waits)
  paintNames(context, scene, names)
  paintNeeds(context, scene, needs)
}

function fillPlain(context: CanvasRenderingContext2D, rectangles: Rectangles, leastWidth = 0): void {
  context.beginPath()
  for (let i = 0; i < rectangles.length; i += 4) {
    const width = rectangles[i + 2]!
    if (width >= leastWidth) context.rect(rectangles[i]!, rectangles[i + 1]!, width, rectangles[i + 3]!)
  }
  context.fill()
}

function fillRounded(context: CanvasRenderingContext2D, rectangles: Rectangles): void {
  context.beginPath()
  for (let i = 0; i < rectangles.length; i += 4) {
    const width = rectangles[i + 2]!
    const height = rectangles[i + 3]!
    if (width > 2 * ROUNDED_PIXELS && height > 2 * ROUNDED_PIXELS) context.roundRect(rectangles[i]!, rectangles[i + 1]!, width, height, 2)
    else context.rect(rectangles[i]!, rectangles[i + 1]!, width, height)
  }
  context.fill()
}

function paintWaits(context: CanvasRenderingContext2D, { theme }: Scene, rectangles: Rectangles): void {
  context.strokeStyle = theme.ink3
  context.lineWidth = 1
  context.setLineDash([4, 3])
  for (let i = 0; i < rectangles.length; i += 4) {
    context.strokeRect(rectangles[i]! + 0.5, rectangles[i + 1]! + 0.5, Math.max(0, rectangles[i + 2]! - 1), rectangles[i + 3]! - 1)
  }
  context.setLineDash([])
}

function paintNames(
  context: CanvasRenderingContext2D,
  { theme }: Scene,
  names: readonly { text: string; x: number; y: number; kind: number }[],
): void {
  context.font = `500 ${theme.small * 0.92}px ${theme.font}`
  context.textBaseline = 'middle'
  context.textAlign = 'left'
  for (const { text, x, y, kind } of names) {
    // The ground under the letters is the kind's own colour, clear of its pattern.
    if (kind >= 0 && KIND_LOOKS[kind]!.pattern !== 'plain') {
      context.fillStyle = theme.kinds[kind]!
      context.fillRect(x - 2, y - theme.small * 0.55, text.length * theme.small * 0.56 + 4, theme.small * 1.1)
    }
    context.fillStyle = kind < 0 ? theme.ink3 : theme.kindInks[kind]!
    context.fillText(text, x, y + 0.5)
  }
}

function collectNeeds(
  scene: Scene,
  row: Row,
  { tasks, starts, availables, kinds, reaches }: Lane,
  top: number,
  needs: { x: number; top: number; height: number; missed: boolean }[],
): void {
  const { window, frame } = scene
  const width = plotWidth(scene)
  const start = scene.panels[row.panel]!.model.startSeconds
  let last = -Infinity
  for (let i = firstSeen({ reaches }, window.fromSeconds); i < tasks.length; i++) {
    if (starts[i]! > window.toSeconds) break
    const { needSeconds: need, layer } = tasks[i]!
    // Only messages of a layer's directions have need times; anything else is needed when the round ends.
    if (need === undefined || layer === undefined || !isMessage(kinds[i]!)) continue
    const x = pixelAt(window, width, need - start)
    if (x - last < 1 || x > width) continue
    last = x
    needs.push({ x: frame.gutter + x, top, height: row.height, missed: availables[i]! > need - start + 1e-9 })
  }
}

function paintNeeds(
  context: CanvasRenderingContext2D,
  { theme, frame }: Scene,
  needs: readonly { x: number; top: number; height: number; missed: boolean }[],
): void {
  for (const { x, top, height, missed } of needs) {
    if (x < frame.gutter) continue
    context.fillStyle = missed ? theme.danger : theme.ink1
    context.fillRect(x - 0.75, top, 1.5, height)
    context.beginPath()
    context.moveTo(x - 3.5, top)
    context.lineTo(x + 3.5, top)
    context.lineTo(x, top + 4.5)
    context.fill()
  }
}

/** Returns true for messages, which alone have need times and latencies to paint. */
function isMessage(kind: number): boolean {
  return KIND_LOOKS[kind]?.kind === 'down' || KIND_LOOKS[kind]?.kind === 'up'
}
