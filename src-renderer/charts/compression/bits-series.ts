/** The map of bits: a cell for each layer and round, shaded and numbered, with a corner where a deadline was missed. */
import type { CustomSeriesRenderItem } from 'echarts'
import { bitsShade, inkOn, type ShadeEnds } from '../colour/bits-shade.ts'
import { mix, parseRgb, toHex } from '../colour/oklab.ts'
import type { ChartTheme } from '../chart-theme.ts'
import type { Series } from '../series/echarts.ts'
import type { CompressionModel } from './compression-model.ts'

export interface SelectedCell {
  readonly round: number
  readonly layer: number
}

/** Light: from paper to almost black blue; dark: from night to almost white blue. More is further from the ground in both. */
export function shadeEnds(theme: ChartTheme): ShadeEnds {
  const ground = parseRgb(theme.surfaces[1])
  const accent = parseRgb(theme.accent)
  return theme.dark
    ? { least: mix(ground, accent, 0.05), middle: mix(ground, accent, 0.6), most: mix(accent, [255, 255, 255], 0.4) }
    : { least: mix(ground, accent, 0.03), middle: mix(ground, accent, 0.62), most: mix(accent, [0, 0, 0], 0.5) }
}

const NUMBER_PIXELS = { width: 16, height: 13 }

export function bitsSeries(theme: ChartTheme, { cells }: CompressionModel, selected: SelectedCell | null): Series {
  const ends = shadeEnds(theme)
  const looks = new Map<number, { fill: string; ink: string }>()
  const lookOf = (bits: number): { fill: string; ink: string } => {
    const known = looks.get(bits)
    if (known) return known
    const ground = bitsShade(bits, ends)
    const look = { fill: toHex(ground), ink: toHex(inkOn(ground)) }
    looks.set(bits, look)
    return look
  }
  const renderItem: CustomSeriesRenderItem = ({ dataIndex }, api) => {
    const { bits, reason, round, layer } = cells[dataIndex]!
    const [width, height] = api.size!([1, 1]) as [number, number]
    const [x, y] = api.coord([round - 1, layer]) as [number, number]
    const gap = width > 5 ? 1 : 0
    const shape = { x: x - width / 2, y: y - height / 2 + 0.5, width: Math.max(1, width - gap), height: Math.max(1, height - 1) }
    const { fill, ink } = lookOf(bits)
    const chosen = selected?.round === round && selected.layer === layer
    const numbered = width >= NUMBER_PIXELS.width && height >= NUMBER_PIXELS.height
    return {
      type: 'group',
      children: [
        { type: 'rect', shape, style: { fill, stroke: chosen ? theme.ink1 : 'none', lineWidth: chosen ? 3 : 0 }, z2: chosen ? 10 : 0 },
        ...(reason?.missed && width >= 6 ? [corner(shape, theme.warning)] : []),
        ...(numbered
          ? [
              {
                type: 'text' as const,
                style: {
                  x,
                  y,
                  text: String(bits),
                  fill: ink,
                  font: `500 ${theme.small}px ${theme.font}`,
                  align: 'center' as const,
                  verticalAlign: 'middle' as const,
                },
                z2: 11,
                silent: true,
              },
            ]
          : []),
      ],
    }
  }
  return {
    id: 'bits',
    type: 'custom',
    xAxisIndex: 0,
    yAxisIndex: 0,
    data: cells.map(({ round, layer, bits }) => [round - 1, layer, bits]),
    encode: { x: 0, y: 1 },
    renderItem,
    clip: true,
  }
}

function corner({ x, y, width }: { x: number; y: number; width: number }, fill: string) {
  const size = Math.min(7, width / 2)
  const right = x + width
  const points: [number, number][] = [
    [right - size, y],
    [right, y],
    [right, y + size],
  ]
  return { type: 'polygon' as const, shape: { points }, style: { fill }, z2: 12, silent: true }
}
