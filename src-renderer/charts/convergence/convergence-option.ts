/** The chart of accuracy and loss over their cost; for a single session also the worth of guidance and the source of each update. */
import { formatPercent, significant } from '#shared/units/quantities.ts'
import { convergence as text } from '#renderer/text/convergence-view.ts'
import { type ChartTheme, seriesColours } from '../chart-theme.ts'
import { axisLook, baseOption } from '../series/base-option.ts'
import type { EChartsOption, Series } from '../series/echarts.ts'
import { formatProgress } from '../series/progress-axis.ts'
import { guidanceSeries } from './guidance-series.ts'
import type { ConvergenceRun } from './convergence-run.ts'
import { type ConvergenceChoice, DASHES, privateLossSeries, runSeries } from './run-series.ts'
import { tooltip } from './tooltip.ts'

export function convergenceOption(
  theme: ChartTheme,
  runs: readonly ConvergenceRun[],
  choice: ConvergenceChoice,
  height: number,
): EChartsOption {
  const { axis, guidance } = choice
  const bands = bandsOf(height - 6 * theme.scale, theme.scale, guidance)
  const colours = seriesColours(theme)
  const first = runs[0]!
  const alone = runs.length === 1
  const series: Series[] = runs.flatMap((run, i) => {
    const look = { colour: colours[i % colours.length]!, dash: DASHES[i % DASHES.length]!, alone }
    return runSeries(theme, run, look, choice)
  })
  if (alone) series.push(privateLossSeries(theme, first, axis))
  if (guidance) series.push(...guidanceSeries(theme, first, axis))
  const look = axisLook(theme)
  const names = [text.accuracy, text.loss, text.energiesHint, text.source]
  return {
    ...baseOption(theme),
    grid: bands.map(({ top, height: high }) => ({
      left: 64 * theme.scale,
      right: (alone ? 84 : 150) * theme.scale,
      top,
      height: high,
      containLabel: false,
    })),
    xAxis: bands.map((_, gridIndex) => ({
      type: 'value' as const,
      gridIndex,
      min: 0,
      max: axis === 'rounds' ? Math.max(1, ...runs.map(({ history }) => history.at(-1)?.round ?? 0)) : ('dataMax' as const),
      ...look,
      minInterval: axis === 'rounds' || axis === 'forwardPasses' ? 1 : 0,
      splitLine: { show: false },
      axisLabel: { ...look.axisLabel, show: gridIndex === bands.length - 1, formatter: (value: number) => formatProgress(axis, value) },
      name: gridIndex === bands.length - 1 ? text.axisNames[axis] : '',
      nameLocation: 'middle' as const,
      nameGap: 26 * theme.scale,
      nameTextStyle: { color: theme.ink3, fontSize: theme.small },
    })),
    yAxis: bands.map((_, gridIndex) => ({
      type: gridIndex === 2 ? ('log' as const) : ('value' as const),
      gridIndex,
      scale: gridIndex < 3,
      ...look,
      show: true,
      splitNumber: gridIndex === 1 ? 2 : 4,
      ...(gridIndex === 3 ? { min: 0, max: 1 } : {}),
      name: names[gridIndex]!,
      nameLocation: 'end' as const,
      nameGap: 17 * theme.scale,
      nameTextStyle: { ...look.nameTextStyle, align: 'left' as const, padding: [0, 0, 0, -52 * theme.scale] },
      axisLabel: {
        ...look.axisLabel,
        show: gridIndex < 3,
        formatter: gridIndex === 0 ? formatPercent : gridIndex === 2 ? powerOfTen : significant,
      },
      splitLine: gridIndex === 3 ? { show: false } : look.splitLine,
      axisLine: { show: false },
      axisTick: { show: false },
    })),
    dataZoom: [{ type: 'inside', xAxisIndex: bands.map((_, i) => i), zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true, filterMode: 'none' }],
    tooltip: { ...(baseOption(theme).tooltip as object), formatter: (given: unknown) => tooltip(given, runs, axis) },
    series,
  }
}

/** Formats a power of ten: `10⁻³`. */
function powerOfTen(value: number): string {
  const digits = String(Math.round(Math.log10(value)))
  return `10${[...digits].map((digit) => (digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)])).join('')}`
}

/** The places and heights of charts that stand below each other, in pixels. */
interface Band {
  readonly top: number
  readonly height: number
}

/** Divides the height among accuracy and loss, and for one session's guidance also energies and sources. In pixels. */
function bandsOf(height: number, scale: number, guidance: boolean): Band[] {
  const heading = 38 * scale
  const foot = 44 * scale
  if (!guidance) {
    const room = Math.max(80, height - 2 * heading - foot)
    return [
      { top: heading, height: 0.58 * room },
      { top: 2 * heading + 0.58 * room, height: 0.42 * room },
    ]
  }
  const strip = 16 * scale
  const room = Math.max(120, height - 4 * heading - foot - strip)
  const [accuracy, loss, energy] = [0.46 * room, 0.27 * room, 0.27 * room]
  return [
    { top: heading, height: accuracy },
    { top: 2 * heading + accuracy, height: loss },
    { top: 3 * heading + accuracy + loss, height: energy },
    { top: 4 * heading + accuracy + loss + energy, height: strip },
  ]
}
