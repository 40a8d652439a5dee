/** Paints the marks of pointer and selection on a canvas of its own, so that moving the pointer doesn't redraw the bars. */
import { type PanelPlace, plotWidth, type Scene, screenTop } from './scene.ts'
import { pixelAt, secondsAt } from './time-window.ts'

interface Overlay {
  readonly hovered: PanelPlace | null
  readonly selected: readonly PanelPlace[]
  /** The tasks that the selected ones waited for. */
  readonly awaited: readonly (readonly [from: PanelPlace, to: PanelPlace])[]
  /** The pointer's distance from the chart's left edge; null if it is elsewhere. */
  readonly pointer: number | null
  readonly timeText: (seconds: number) => string
}

export function paintOverlay(context: CanvasRenderingContext2D, scene: Scene, overlay: Overlay): void {
  const { frame, theme } = scene
  context.clearRect(0, 0, frame.width, frame.height)
  context.save()
  context.beginPath()
  context.rect(frame.gutter, frame.ruler, plotWidth(scene), frame.height - frame.ruler)
  context.clip()
  if (overlay.pointer !== null) {
    context.fillStyle = theme.ink3
    context.fillRect(Math.round(overlay.pointer), frame.ruler, 1, frame.height)
  }
  for (const [from, to] of overlay.awaited) paintArrow(context, scene, from, to)
  if (overlay.hovered) paintOutline(context, scene, overlay.hovered, theme.ink1, 1.5)
  for (const place of overlay.selected) paintOutline(context, scene, place, theme.accent, 2.5)
  context.restore()
  if (overlay.pointer !== null) paintMoment(context, scene, overlay.pointer, overlay.timeText)
}

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

function boxOf(scene: Scene, { panel, lane, index }: PanelPlace): Box | null {
  const model = scene.panels[panel]?.model
  const row = scene.layout.rows.find((candidate) => candidate.panel === panel && candidate.lane === lane)
  const starts = model?.lanes[lane]?.starts
  if (!model || !row || starts === undefined || index >= starts.length) return null
  const width = plotWidth(scene)
  const left = pixelAt(scene.window, width, starts[index]!)
  const right = Math.max(left + 2, pixelAt(scene.window, width, model.lanes[lane]!.ends[index]!))
  const top = screenTop(scene, row.top)
  // Positions are clamped, because far outside the window pixels grow beyond what a canvas can draw.
  const within = (x: number): number => scene.frame.gutter + Math.min(Math.max(x, -100), width + 100)
  return { left: within(left), right: within(right), top, bottom: top + row.height }
}

function paintOutline(context: CanvasRenderingContext2D, scene: Scene, place: PanelPlace, colour: string, width: number): void {
  const box = boxOf(scene, place)
  if (!box) return
  context.strokeStyle = scene.theme.surfaces[1]
  context.lineWidth = width + 2
  context.strokeRect(box.left - 1, box.top + 0.5, box.right - box.left + 2, box.bottom - box.top - 1)
  context.strokeStyle = colour
  context.lineWidth = width
  context.strokeRect(box.left - 1, box.top + 0.5, box.right - box.left + 2, box.bottom - box.top - 1)
}

function paintArrow(context: CanvasRenderingContext2D, scene: Scene, from: PanelPlace, to: PanelPlace): void {
  const a = boxOf(scene, from)
  const b = boxOf(scene, to)
  if (!a || !b) return
  const y0 = (a.top + a.bottom) / 2
  const y1 = (b.top + b.bottom) / 2
  const bend = Math.max(12, Math.abs(b.left - a.right) / 2)
  context.strokeStyle = scene.theme.accent
  context.fillStyle = scene.theme.accent
  context.lineWidth = 1.5
  context.beginPath()
  context.moveTo(a.right, y0)
  context.bezierCurveTo(a.right + bend, y0, b.left - bend, y1, b.left - 5, y1)
  context.stroke()
  context.beginPath()
  context.moveTo(b.left - 7, y1 - 3.5)
  context.lineTo(b.left, y1)
  context.lineTo(b.left - 7, y1 + 3.5)
  context.fill()
}

/** Paints the pointer's time in the ruler. */
function paintMoment(context: CanvasRenderingContext2D, scene: Scene, pointer: number, timeText: (seconds: number) => string): void {
  const { frame, theme, window } = scene
  const width = plotWidth(scene)
  if (pointer < frame.gutter) return
  const text = timeText(secondsAt(window, width, pointer - frame.gutter))
  context.font = `600 ${theme.small}px ${theme.font}`
  const room = context.measureText(text).width + 12
  const x = Math.min(Math.max(pointer - room / 2, frame.gutter), frame.width - room)
  context.fillStyle = theme.ink1
  context.beginPath()
  context.roundRect(x, 3, room, frame.ruler - 7, 3)
  context.fill()
  context.fillStyle = theme.surfaces[1]
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  context.fillText(text, x + 6, frame.ruler / 2)
}
