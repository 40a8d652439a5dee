/** A line plot as SVG: medians as lines with markers, ranges as bands. It needs nothing but the page's colour variables. */
import { coordinate, escape } from './markup.ts'
import type { LineStyle } from './line-style.ts'
import { byteTicks, linearTicks } from './ticks.ts'

interface PlotPoint {
  readonly x: number
  readonly y: number
  readonly low: number
  readonly high: number
}

export interface PlotLine {
  readonly name: string
  readonly style: LineStyle
  readonly points: readonly PlotPoint[]
}

interface PlotOptions {
  /** The text for people who don't see the plot. */
  readonly summary: string
  readonly xTitle: string
  readonly yTitle: string
  readonly width: number
  readonly height: number
  readonly scale: 'linear' | 'bytes'
  readonly formatX: (value: number) => string
  readonly formatY: (value: number) => string
  /** Written at the right of the lines' ends. */
  readonly endLabels: boolean
  readonly ofY: { readonly least: number; readonly most: number }
  /** Horizontal lines with their names. */
  readonly levels: readonly { readonly y: number; readonly name: string; readonly side: 'left' | 'right' }[]
}

const LABEL_HEIGHT = 15
const MARKERS_PER_LINE = 6

export function linePlot(lines: readonly PlotLine[], options: PlotOptions): string {
  const { width, height, scale, endLabels, ofY, levels } = options
  const box = { left: 62, top: 12, right: width - (endLabels ? 92 : 14), bottom: height - 44 }
  const drawn = scale === 'bytes' ? lines.map((line) => ({ ...line, points: line.points.filter(({ x }) => x > 0) })) : lines
  const shown = drawn.filter(({ points }) => points.length > 0)
  const xs = shown.flatMap(({ points }) => points.map(({ x }) => x))
  const ends = scale === 'bytes' ? logEnds(xs) : { least: 0, most: Math.max(0, ...xs) || 1 }
  const along = scale === 'bytes' ? Math.log : (x: number): number => x
  const toX = (x: number): number =>
    box.left + ((along(x) - along(ends.least)) / (along(ends.most) - along(ends.least))) * (box.right - box.left)
  const toY = (y: number): number => box.bottom - ((y - ofY.least) / (ofY.most - ofY.least)) * (box.bottom - box.top)

  const xTicks = scale === 'bytes' ? byteTicks(ends.least, ends.most) : linearTicks(ends.least, ends.most, endLabels ? 8 : 3)
  const yTicks = linearTicks(ofY.least, ofY.most, endLabels ? 7 : 4)
  const grid = [
    ...yTicks.map((y) => `<line x1="${box.left}" x2="${box.right}" y1="${coordinate(toY(y))}" y2="${coordinate(toY(y))}"/>`),
    ...xTicks.map((x) => `<line y1="${box.bottom}" y2="${box.bottom + 4}" x1="${coordinate(toX(x))}" x2="${coordinate(toX(x))}"/>`),
  ]
  const numbers = [
    ...yTicks.map((y) => `<text x="${box.left - 8}" y="${coordinate(toY(y) + 4)}" text-anchor="end">${escape(options.formatY(y))}</text>`),
    ...xTicks.map(
      (x) => `<text x="${coordinate(toX(x))}" y="${box.bottom + 18}" text-anchor="middle">${escape(options.formatX(x))}</text>`,
    ),
  ]
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 }
  const titles = [
    `<text class="title" x="${coordinate(middle.x)}" y="${height - 6}" text-anchor="middle">${escape(options.xTitle)}</text>`,
    `<text class="title" transform="translate(13 ${coordinate(middle.y)}) rotate(-90)" text-anchor="middle">${escape(options.yTitle)}</text>`,
  ]
  const horizontal = levels.map(({ y, name, side }) => {
    const at = coordinate(toY(y))
    return `<g class="level"><line x1="${box.left}" x2="${box.right}" y1="${at}" y2="${at}"/><text ${side === 'left' ? `x="${box.left + 6}"` : `x="${box.right - 6}" text-anchor="end"`} y="${coordinate(toY(y) - 5)}">${escape(name)}</text></g>`
  })
  const place = ({ x, y }: { x: number; y: number }): string => `${coordinate(toX(x))},${coordinate(toY(y))}`
  const bands = shown.map(({ style, points }) => {
    if (points.every(({ low, high }) => low === high)) return ''
    const outline = [
      ...points.map(({ x, high }) => place({ x, y: high })),
      ...points.toReversed().map(({ x, low }) => place({ x, y: low })),
    ]
    return `<polygon class="band ${style.colour}" points="${outline.join(' ')}"/>`
  })
  // Later lines hide earlier ones, so the first in the legend is drawn last.
  const strokes = shown.toReversed().map(({ name, style, points }) => {
    const dashes = style.dashes === '' ? '' : ` stroke-dasharray="${style.dashes}"`
    const marks = markerPlaces(
      points.length,
      lines.findIndex((line) => line.name === name),
    )
    return `<g class="line ${style.colour}"><title>${escape(name)}</title><polyline points="${points.map(place).join(' ')}"${dashes}/>${marks
      .map((i) => style.marker(toX(points[i]!.x), toY(points[i]!.y)))
      .join('')}</g>`
  })
  const labels = endLabels
    ? endLabelsOf(
        shown.map((line) => ({ ...line, at: toY(line.points.at(-1)!.y), from: toX(line.points.at(-1)!.x) })),
        box,
      )
    : []
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(options.summary)}">`,
    `<g class="grid">${grid.join('')}</g><g class="numbers">${numbers.join('')}${titles.join('')}</g>`,
    ...bands,
    ...strokes,
    ...horizontal,
    `<g class="labels">${labels.join('')}</g>`,
    '</svg>',
  ].join('')
}

/** A short piece of the line, for a legend or a table. */
export function lineSample(style: LineStyle): string {
  const dashes = style.dashes === '' ? '' : ` stroke-dasharray="${style.dashes}"`
  return `<svg class="sample" viewBox="0 0 34 12" aria-hidden="true"><g class="line ${style.colour}"><polyline points="1,6 33,6"${dashes}/>${style.marker(17, 6)}</g></svg>`
}

/** Ends of an axis for shares: a little beyond the values, on round numbers. */
export function shareEnds(values: readonly number[]): { least: number; most: number } {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const step = high - low > 0.4 ? 0.1 : 0.05
  const least = Math.max(0, Math.floor((low - step / 4) / step) * step)
  return { least, most: Math.min(1, Math.max(least + step, Math.ceil((high + step / 4) / step) * step)) }
}

function logEnds(xs: readonly number[]): { least: number; most: number } {
  if (xs.length === 0) return { least: 1, most: 1024 }
  const [least, most] = [Math.min(...xs), Math.max(...xs)]
  return least < most ? { least: least / 1.2, most: most * 1.2 } : { least: least / 2, most: most * 2 }
}

/** Places a few markers at equal distances, beginning elsewhere for each line, and one at the last point. */
function markerPlaces(count: number, line: number): number[] {
  const step = Math.max(1, Math.round(count / MARKERS_PER_LINE))
  const places = Array.from({ length: count }, (_, i) => i).filter((i) => i % step === line % step)
  return [...new Set([...places, count - 1])]
}

/** Names beside the ends of lines, moved apart where they would overlap, each tied to its end. */
function endLabelsOf(
  lines: readonly { readonly name: string; readonly style: LineStyle; readonly at: number; readonly from: number }[],
  box: { readonly top: number; readonly bottom: number; readonly right: number },
): string[] {
  const sorted = lines.toSorted((a, b) => a.at - b.at)
  const heights: number[] = []
  for (const { at } of sorted) heights.push(Math.max(at, (heights.at(-1) ?? -Infinity) + LABEL_HEIGHT))
  // Labels that were pushed over the lower edge are moved back up.
  for (let i = heights.length - 1, limit = box.bottom; i >= 0; i--, limit -= LABEL_HEIGHT) {
    heights[i] = Math.min(heights[i]!, limit)
    limit = heights[i]!
  }
  return sorted.map(({ name, style, at, from }, i) => {
    const y = heights[i]!
    const tie = `<polyline class="tie ${style.colour}" points="${coordinate(Math.max(from + 5, box.right - 2))},${coordinate(at)} ${box.right + 8},${coordinate(y)}"/>`
    return `${from > box.right - 60 ? tie : ''}<text class="${style.colour}" x="${box.right + 11}" y="${coordinate(y + 4)}">${escape(name)}</text>`
  })
}
