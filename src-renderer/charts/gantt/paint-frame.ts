/** Paints the frame of the bars: the ruler of time above, names on the left, lines between rounds, groups and panels. */
import { type Row, rowBelow } from './row-layout.ts'
import { plotWidth, type Scene, screenTop } from './scene.ts'
import { pixelAt } from './time-window.ts'
import { timeTicks, type TimeTick } from './time-ticks.ts'

const TICK_PIXELS = 92

export function ticksOf(scene: Scene): TimeTick[] {
  return timeTicks(scene.window, plotWidth(scene), TICK_PIXELS * scene.theme.scale)
}

export function paintGrid(context: CanvasRenderingContext2D, scene: Scene, ticks: readonly TimeTick[]): void {
  const { frame, theme, window, layout } = scene
  const width = plotWidth(scene)
  context.fillStyle = theme.line
  for (const { seconds } of ticks) context.fillRect(crisp(frame.gutter + pixelAt(window, width, seconds)), frame.ruler, 1, frame.height)
  for (let at = rowBelow(layout, scene.scrollTop); at < layout.rows.length; at++) {
    const row = layout.rows[at]!
    const top = screenTop(scene, row.top)
    if (top > frame.height) break
    if (row.opensGroup > 0 && row.lane > 0) context.fillRect(0, crisp(top - groupGap(scene, at) / 2), frame.width, 1)
  }
}

/** Paints the end of each panel and of each of its rounds. */
export function paintEnds(context: CanvasRenderingContext2D, scene: Scene): void {
  const { frame, theme, window, layout, panels } = scene
  const width = plotWidth(scene)
  for (const [at, { model }] of panels.entries()) {
    const band = layout.panels[at]!
    const top = Math.max(frame.ruler, screenTop(scene, band.top + band.headerHeight))
    const bottom = Math.min(frame.height, screenTop(scene, band.top + band.height))
    if (bottom <= top) continue
    for (const { toSeconds } of model.rounds) {
      const x = pixelAt(window, width, toSeconds)
      if (x < 0 || x > width) continue
      context.fillStyle = theme.ink3
      context.fillRect(crisp(frame.gutter + x), top, 1.5, bottom - top)
    }
  }
}

export function paintRuler(context: CanvasRenderingContext2D, scene: Scene, ticks: readonly TimeTick[]): void {
  const { frame, theme, window } = scene
  const width = plotWidth(scene)
  context.fillStyle = theme.surfaces[1]
  context.fillRect(0, 0, frame.width, frame.ruler)
  context.fillStyle = theme.line
  context.fillRect(0, frame.ruler - 1, frame.width, 1)
  context.fillStyle = theme.ink3
  context.font = `${theme.small}px ${theme.font}`
  context.textBaseline = 'middle'
  for (const { seconds, text } of ticks) {
    const x = frame.gutter + pixelAt(window, width, seconds)
    const fits = x + 4 + context.measureText(text).width < frame.width
    context.fillRect(crisp(x), frame.ruler - 6, 1, 6)
    context.textAlign = fits ? 'left' : 'right'
    context.fillText(text, fits ? x + 4 : x - 4, frame.ruler / 2)
  }
}

export function paintGutter(context: CanvasRenderingContext2D, scene: Scene): void {
  const { frame, theme, layout, panels, names } = scene
  context.fillStyle = theme.surfaces[1]
  context.fillRect(0, frame.ruler, frame.gutter, frame.height)
  context.fillStyle = theme.line
  context.fillRect(frame.gutter - 1, 0, 1, frame.height)
  context.textBaseline = 'middle'
  for (let at = groupStart(layout.rows, rowBelow(layout, scene.scrollTop)); at < layout.rows.length; at++) {
    const row = layout.rows[at]!
    const top = screenTop(scene, row.top)
    if (top > frame.height) break
    const { group, lane } = panels[row.panel]!.model.lanes[row.lane]!
    const roomy = row.height >= theme.small + 4
    if (row.opensGroup > 0) {
      if (row.lane > 0) paintGroupLine(context, scene, top - groupGap(scene, at) / 2)
      const middle = roomy ? top + row.height / 2 : top + (row.height * row.opensGroup) / 2
      context.font = `600 ${theme.small}px ${theme.font}`
      context.fillStyle = theme.ink1
      context.textAlign = 'left'
      context.fillText(fitted(context, names.group(group), frame.gutter - (roomy ? 76 * theme.scale : 20)), 12, middle + 0.5)
    }
    if (!roomy) continue
    context.font = `${theme.small}px ${theme.font}`
    context.fillStyle = theme.ink3
    context.textAlign = 'right'
    context.fillText(names.lane(lane), frame.gutter - 10, top + row.height / 2 + 0.5)
  }
}

export function paintPanelTitles(context: CanvasRenderingContext2D, scene: Scene): void {
  const { frame, theme, layout, panels } = scene
  for (const [at, { title, remark }] of panels.entries()) {
    const { top, headerHeight } = layout.panels[at]!
    const y = screenTop(scene, top)
    if (headerHeight === 0 || y > frame.height || y + headerHeight < frame.ruler) continue
    context.fillStyle = theme.surfaces[3]
    context.fillRect(0, y, frame.width, headerHeight)
    context.textBaseline = 'middle'
    context.textAlign = 'left'
    context.fillStyle = theme.ink1
    context.font = `600 ${theme.medium}px ${theme.font}`
    context.fillText(title, 12, y + headerHeight / 2 + 0.5)
    const after = 12 + context.measureText(title).width + 12
    context.fillStyle = theme.ink2
    context.font = `${theme.small}px ${theme.font}`
    context.fillText(remark, after, y + headerHeight / 2 + 0.5)
  }
}

function paintGroupLine(context: CanvasRenderingContext2D, { theme, frame }: Scene, y: number): void {
  context.fillStyle = theme.line
  context.fillRect(0, crisp(y), frame.gutter, 1)
}

/** Returns the gap between this group's first row and the row above. */
function groupGap({ layout }: Scene, at: number): number {
  const above = layout.rows[at - 1]
  const row = layout.rows[at]!
  return above && above.panel === row.panel ? row.top - above.top - above.height : 0
}

function groupStart(rows: readonly Row[], from: number): number {
  let at = Math.min(from, rows.length - 1)
  while (at > 0 && rows[at]!.opensGroup === 0) at--
  return Math.max(0, at)
}

/** Cuts a text with an ellipsis to this many pixels. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text
  let length = text.length - 1
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--
  return `${text.slice(0, length)}…`
}

/** Moves a line to whole pixels, where it is sharp. */
function crisp(pixel: number): number {
  return Math.round(pixel)
}
