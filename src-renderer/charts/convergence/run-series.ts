/** The lines of one session: accuracy above, loss below, and a mark where the target was reached. */
import type { Measurement } from '#shared/events/session-view.ts'
import { formatPercent } from '#shared/units/quantities.ts'
import { convergence as text } from '../../text/convergence-view.ts'
import type { ChartTheme } from '../chart-theme.ts'
import { pairs } from '../series/base-option.ts'
import type { Series } from '../series/echarts.ts'
import { progressAt, type ProgressAxis, progressOfRound } from '../series/progress-axis.ts'
import { smooth } from '../series/smooth.ts'
import type { ConvergenceRun } from './convergence-run.ts'

export interface ConvergenceChoice {
  readonly axis: ProgressAxis
  /** The weight of the previous value in smoothing, from 0 to below 1. */
  readonly smoothing: number
  /** True to show the guided and random energies and the sources of the first run. */
  readonly guidance: boolean
}

/** Lines are told apart by their dashes as well. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [1, 3]]

interface LineLook {
  readonly colour: string
  readonly dash: readonly number[]
  /** True if the run is the only one, so that it needs no name. */
  readonly alone: boolean
}

export function runSeries(theme: ChartTheme, run: ConvergenceRun, { colour, dash, alone }: LineLook, choice: ConvergenceChoice): Series[] {
  const { history, target, targetAccuracy } = run
  const { axis, smoothing } = choice
  const xs = history.map((measurement) => progressAt(axis, measurement))
  const both = (['accuracy', 'loss'] as const).flatMap((quantity, grid): Series[] => {
    const values = history.map((measurement) => measurement[quantity])
    const line = (id: string, ys: readonly number[], faint: boolean): Series => ({
      id: `${run.id}/${quantity}${id}`,
      name: run.name,
      type: 'line',
      xAxisIndex: grid,
      yAxisIndex: grid,
      data: pairs(xs, ys),
      color: colour,
      lineStyle: { width: faint ? 1 : 2, type: dash.length > 0 && !faint ? [...dash] : 'solid', opacity: faint ? 0.35 : 1 },
      symbol: 'circle',
      symbolSize: 5,
      showSymbol: !faint && history.length <= 30,
      sampling: 'lttb',
      silent: faint,
      tooltip: { show: !faint },
      ...(faint || alone ? {} : endLabel(theme, run.name, colour, grid)),
      ...(grid === 0 && !faint && targetAccuracy !== null ? { markLine: targetLine(theme, targetAccuracy, target !== null) } : {}),
    })
    return smoothing > 0 ? [line('/raw', values, true), line('', smooth(values, smoothing), false)] : [line('', values, false)]
  })
  if (target) both.push(reachedMark(theme, run, axis, target, colour))
  return both
}

function endLabel(theme: ChartTheme, name: string, colour: string, grid: number) {
  if (grid > 0) return {}
  return {
    endLabel: {
      show: true,
      formatter: name,
      color: colour,
      fontSize: theme.small,
      width: 138 * theme.scale,
      overflow: 'truncate' as const,
    },
    labelLayout: { moveOverlap: 'shiftY' as const },
  }
}

/** The target's name stands where the curve isn't: the curve ends above a target that was reached. */
function targetLine(theme: ChartTheme, accuracy: number, reached: boolean) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: theme.good, type: 'dashed' as const, width: 1.5 },
    label: {
      formatter: text.target(formatPercent(accuracy)),
      color: theme.good,
      fontSize: theme.small,
      position: reached ? ('insideEndBottom' as const) : ('insideStartTop' as const),
    },
    data: [{ yAxis: accuracy }],
  }
}

function reachedMark(theme: ChartTheme, run: ConvergenceRun, axis: ProgressAxis, target: Measurement, colour: string): Series {
  const x = progressAt(axis, target)
  const last = run.history.at(-1)
  // Left of the point the curve is still below it.
  const isRoomLeft = last !== undefined && x > 0.2 * progressAt(axis, last)
  return {
    id: `${run.id}/reached`,
    name: run.name,
    type: 'scatter',
    xAxisIndex: 0,
    yAxisIndex: 0,
    data: Number.isNaN(x) ? [] : [[x, target.accuracy]],
    symbol: 'diamond',
    symbolSize: 12,
    itemStyle: { color: theme.surfaces[1], borderColor: colour, borderWidth: 2 },
    label: {
      show: true,
      position: isRoomLeft ? 'left' : 'top',
      formatter: text.reached(target.round),
      color: theme.ink2,
      fontSize: theme.small,
      textBorderColor: theme.surfaces[1],
      textBorderWidth: 3,
    },
    tooltip: { show: false },
    silent: true,
    z: 5,
  }
}

/** Draws the loss that phones report of their own rows, beside the test loss. */
export function privateLossSeries(theme: ChartTheme, { history, rounds, id }: ConvergenceRun, axis: ProgressAxis): Series {
  return {
    id: `${id}/private`,
    name: text.privateLoss,
    type: 'line',
    xAxisIndex: 1,
    yAxisIndex: 1,
    data: pairs(
      rounds.map(({ round }) => progressOfRound(axis, history, round)),
      rounds.map(({ privateLoss }) => privateLoss ?? NaN),
    ),
    color: theme.ink3,
    lineStyle: { width: 1.5, type: [2, 2] },
    showSymbol: false,
    sampling: 'lttb',
    endLabel: { show: true, formatter: text.privateLoss, color: theme.ink3, fontSize: theme.small },
    labelLayout: { moveOverlap: 'shiftY' },
  }
}
