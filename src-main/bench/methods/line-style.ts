/** The look of a method's line in every plot: colour, dashes and marker, so that no two differ by colour alone. */
import { METHOD_ENTRIES } from './method-entries.ts'
import { coordinate } from './markup.ts'

export interface LineStyle {
  /** Name of the CSS colour variable, without dashes. */
  readonly colour: string
  readonly dashes: string
  readonly marker: (x: number, y: number) => string
}

/** Colours for light and dark pages that people with any colour vision can tell apart. */
export const COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#1257c9', '#7fb2ff'],
  ['#8a2fb0', '#d9a3f7'],
  ['#c2410c', '#ff9b66'],
  ['#8f6a00', '#e6c04a'],
  ['#0b7a6e', '#4fd3c0'],
  ['#b8135f', '#ff8abb'],
  ['#57534e', '#bdb7b0'],
  ['#111827', '#f1f3f6'],
  ['#4d7c0f', '#a3d95c'],
]

const DASHES = ['', '7 3', '2 3', '9 3 2 3', '5 2', '1 2', '12 4', '4 4', '1 5']

const SIZE = 3.6
const polygon = (corners: readonly (readonly [number, number])[]) => (x: number, y: number) =>
  `<polygon points="${corners.map(([dx, dy]) => `${coordinate(x + dx * SIZE)},${coordinate(y + dy * SIZE)}`).join(' ')}"/>`
const strokes = (lines: readonly (readonly [number, number, number, number])[]) => (x: number, y: number) =>
  `<path d="${lines.map(([a, b, c, d]) => `M${coordinate(x + a * SIZE)} ${coordinate(y + b * SIZE)}L${coordinate(x + c * SIZE)} ${coordinate(y + d * SIZE)}`).join('')}" class="stroke"/>`

const MARKERS: readonly LineStyle['marker'][] = [
  (x, y) => `<circle cx="${coordinate(x)}" cy="${coordinate(y)}" r="${SIZE}"/>`,
  polygon([
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ]),
  polygon([
    [0, -1.15],
    [1.1, 0.85],
    [-1.1, 0.85],
  ]),
  polygon([
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ]),
  polygon([
    [0, 1.15],
    [1.1, -0.85],
    [-1.1, -0.85],
  ]),
  strokes([
    [-1, 0, 1, 0],
    [0, -1, 0, 1],
  ]),
  strokes([
    [-0.9, -0.9, 0.9, 0.9],
    [-0.9, 0.9, 0.9, -0.9],
  ]),
  (x, y) => `<circle cx="${coordinate(x)}" cy="${coordinate(y)}" r="${SIZE * 0.9}" class="hollow"/>`,
  strokes([
    [0, -1.2, 0, 1.2],
    [-1.05, -0.6, 1.05, 0.6],
    [-1.05, 0.6, 1.05, -0.6],
  ]),
]

export function lineStyle(method: string): LineStyle {
  const index = METHOD_ENTRIES.findIndex(({ name }) => name === method)
  return { colour: `c${index % COLOURS.length}`, dashes: DASHES[index % DASHES.length]!, marker: MARKERS[index % MARKERS.length]! }
}
