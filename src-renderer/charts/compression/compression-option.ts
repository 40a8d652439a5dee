/** Bits by layer and round; below on the same axis the bandwidth counted on and the true one, bytes sent and saved, error added. */
import { formatBytes } from '#shared/units/bytes.ts'
import { formatBitsPerSecond, formatPercent } from '#shared/units/quantities.ts'
import { compression as text } from '#renderer/text/compression-view.ts'
import type { ChartTheme } from '../chart-theme.ts'
import { axisLook, baseOption, tip } from '../series/base-option.ts'
import { byteScale } from '../series/byte-scale.ts'
import type { EChartsOption, Series } from '../series/echarts.ts'
import { bitsSeries, type SelectedCell } from './bits-series.ts'
import { type CompressionModel, linkOf } from './compression-model.ts'

interface CompressionChoice {
  /** Whose bandwidth; null: the link that decides. */
  readonly phone: number | null
  readonly selected: SelectedCell | null
}

export function compressionOption(theme: ChartTheme, model: CompressionModel, choice: CompressionChoice, height: number): EChartsOption {
  const withError = model.rounds.some(({ errorShare }) => errorShare !== null)
  const withLinks = model.rounds.some(({ links }) => links.length > 0)
  const parts = [
    { name: text.layers, share: 0.48, format: null },
    ...(withLinks ? [{ name: text.bandwidth, share: 0.2, format: formatBitsPerSecond }] : []),
    { name: text.bytes, share: 0.18, format: formatBytes },
    ...(withError ? [{ name: text.error, share: 0.14, format: formatPercent }] : []),
  ]
  const tops = topsOf(parts, height, theme.scale)
  const rounds = Array.from({ length: model.lastRound }, (_, i) => String(i + 1))
  const look = axisLook(theme)
  const mostRaw = model.rounds.reduce((most, { rawBytes }) => Math.max(most, rawBytes), 0)
  const bytesAt = withLinks ? 2 : 1
  return {
    ...baseOption(theme),
    grid: tops.map(({ top, height: high }) => ({ left: 84 * theme.scale, right: 92 * theme.scale, top, height: high })),
    xAxis: tops.map((_, gridIndex) => ({
      type: 'category' as const,
      gridIndex,
      data: rounds,
      ...look,
      axisTick: { show: false },
      axisLine: { show: gridIndex > 0, lineStyle: { color: theme.line } },
      axisLabel: { ...look.axisLabel, show: gridIndex === tops.length - 1 },
      name: gridIndex === tops.length - 1 ? text.round : '',
      nameLocation: 'end' as const,
      nameGap: 10,
      nameTextStyle: { color: theme.ink3, fontSize: theme.small },
      axisPointer: { type: gridIndex === 0 ? ('none' as const) : ('line' as const), lineStyle: { color: theme.ink3 } },
    })),
    yAxis: parts.map(({ name, format }, gridIndex) => ({
      gridIndex,
      ...look,
      name,
      nameLocation: 'end' as const,
      nameGap: 16 * theme.scale,
      nameTextStyle: { ...look.nameTextStyle, align: 'left' as const, padding: [0, 0, 0, -72 * theme.scale] },
      axisLine: { show: false },
      axisTick: { show: false },
      ...(format === null
        ? {
            type: 'category' as const,
            data: Array.from({ length: model.layers }, (_, layer) => text.layer(layer, model.layers)),
            splitLine: { show: false },
          }
        : {
            type: 'value' as const,
            min: 0,
            splitNumber: 2,
            axisLabel: { ...look.axisLabel, formatter: format },
            ...(format === formatBytes ? byteScale(mostRaw, 2) : {}),
          }),
    })),
    dataZoom: [{ type: 'inside', xAxisIndex: tops.map((_, i) => i), zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true, filterMode: 'none' }],
    tooltip: { ...(baseOption(theme).tooltip as object), formatter: (given: unknown) => tooltip(given, model) },
    series: [
      bitsSeries(theme, model, choice.selected),
      ...(withLinks ? bandwidthSeries(theme, model, choice.phone) : []),
      ...bytesSeries(theme, model, bytesAt),
      ...(withError ? [errorSeries(theme, model, bytesAt + 1)] : []),
    ],
  }
}

function topsOf(parts: readonly { share: number }[], height: number, scale: number): { top: number; height: number }[] {
  const heading = 38 * scale
  const foot = 30 * scale
  const total = parts.reduce((sum, { share }) => sum + share, 0)
  const room = Math.max(120, height - parts.length * heading - foot)
  let top = 0
  return parts.map(({ share }) => {
    const band = { top: top + heading, height: (share / total) * room }
    top = band.top + band.height
    return band
  })
}

function bandwidthSeries(theme: ChartTheme, model: CompressionModel, phone: number | null): Series[] {
  const line = (
    id: string,
    name: string,
    colour: string,
    dash: number[] | 'solid',
    value: 'estimateBitsPerSecond' | 'goodputBitsPerSecond',
  ): Series => ({
    id,
    name,
    type: 'line',
    xAxisIndex: 1,
    yAxisIndex: 1,
    step: 'middle',
    data: model.rounds.map((round) => [round.round - 1, linkOf(round, phone)?.[value] ?? NaN]),
    color: colour,
    lineStyle: { width: 2, type: dash },
    showSymbol: false,
    // The names of the two lines are offset, so that they stay apart where the lines end alike.
    endLabel: { show: true, formatter: name, color: colour, fontSize: theme.small, offset: [0, (dash === 'solid' ? -7 : 7) * theme.scale] },
  })
  return [
    line('links/true', text.goodput, theme.ink2, 'solid', 'goodputBitsPerSecond'),
    line('links/estimate', text.estimate, theme.accent, [5, 3], 'estimateBitsPerSecond'),
  ]
}

function bytesSeries(theme: ChartTheme, model: CompressionModel, at: number): Series[] {
  const area = (id: string, name: string, opacity: number, values: readonly number[]): Series => ({
    id,
    name,
    type: 'line',
    stack: 'bytes',
    xAxisIndex: at,
    yAxisIndex: at,
    data: model.rounds.map(({ round }, i) => [round - 1, values[i]!]),
    color: theme.accent,
    lineStyle: { width: opacity > 0.3 ? 1.5 : 0 },
    areaStyle: { opacity },
    showSymbol: false,
    endLabel: { show: true, formatter: name, color: theme.ink2, fontSize: theme.small },
    labelLayout: { moveOverlap: 'shiftY' },
  })
  return [
    area('bytes/sent', text.sent, 0.75, model.rounds.map(({ bytes }) => bytes)), // prettier-ignore
    area('bytes/saved', text.saved, 0.16, model.rounds.map(({ bytes, rawBytes }) => rawBytes - bytes)), // prettier-ignore
  ]
}

function errorSeries(theme: ChartTheme, model: CompressionModel, at: number): Series {
  return {
    id: 'error',
    name: text.error,
    type: 'line',
    xAxisIndex: at,
    yAxisIndex: at,
    data: model.rounds.map(({ round, errorShare }) => [round - 1, errorShare ?? NaN]),
    color: theme.danger,
    lineStyle: { width: 1.75 },
    showSymbol: false,
  }
}

interface TipItem {
  readonly seriesId?: string
  readonly seriesName?: string
  readonly color?: string
  readonly value?: readonly number[]
  readonly axisValue?: string
}

function tooltip(given: unknown, model: CompressionModel): HTMLElement {
  const items = (Array.isArray(given) ? given : [given]) as TipItem[]
  const round = Number(items[0]?.axisValue ?? (items[0]?.value?.[0] ?? 0) + 1)
  const cells = model.cells.filter((cell) => cell.round === round).reverse()
  const lines = items.flatMap(({ seriesId = '', seriesName = '', color, value }) => {
    const y = value?.[1]
    if (y === undefined || Number.isNaN(y) || seriesId === 'bits') return []
    const format = seriesId.startsWith('links/') ? formatBitsPerSecond : seriesId === 'error' ? formatPercent : formatBytes
    return [{ colour: color, name: seriesName, value: format(y) }]
  })
  const bits = cells.map((cell) => cell.bits).join(' ')
  return tip(`${text.round} ${round}`, [...(cells.length <= 32 ? [{ name: text.bitsOfLayers, value: bits }] : []), ...lines])
}
