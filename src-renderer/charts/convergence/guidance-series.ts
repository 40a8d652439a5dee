/** The series of guidance: its worth in each round of a session, and the source of each update. */
import { convergence as text } from '../../text/convergence-view.ts'
import { type ChartTheme, seriesColours } from '../chart-theme.ts'
import { pairs } from '../series/base-option.ts'
import type { Series } from '../series/echarts.ts'
import { type ProgressAxis, progressOfRound } from '../series/progress-axis.ts'
import { type ConvergenceRun, sourceStretches } from './convergence-run.ts'

export function guidanceSeries(theme: ChartTheme, run: ConvergenceRun, axis: ProgressAxis): Series[] {
  const xs = run.rounds.map(({ round }) => progressOfRound(axis, run.history, round))
  const last = run.rounds.at(-1)
  const guidedAbove = (last?.guidedEnergy ?? 0) >= (last?.randomEnergy ?? 0)
  const line = (name: string, ys: readonly (number | null)[], colour: string, dash: readonly number[], above: boolean): Series => ({
    id: `guidance/${name}`,
    name,
    type: 'line',
    xAxisIndex: 2,
    yAxisIndex: 2,
    // A logarithm needs something above zero.
    data: pairs(xs, ys.map((y) => (y !== null && y > 0 ? y : NaN))), // prettier-ignore
    color: colour,
    lineStyle: { width: 2, type: dash.length > 0 ? [...dash] : 'solid' },
    showSymbol: run.rounds.length <= 30,
    symbolSize: 5,
    // The two names are offset, so that they stay apart where the lines end alike.
    endLabel: { show: true, formatter: name, color: colour, fontSize: theme.small, offset: [0, (above ? -7 : 7) * theme.scale] },
    connectNulls: true,
  })
  return [
    line(text.guided, run.rounds.map(({ guidedEnergy }) => guidedEnergy), sourceColour(theme, 'guided'), [], guidedAbove), // prettier-ignore
    line(text.random, run.rounds.map(({ randomEnergy }) => randomEnergy), sourceColour(theme, 'random'), [6, 3], !guidedAbove), // prettier-ignore
    sourceStrip(theme, run, axis),
  ]
}

/** A bar from round to round, named where it is long enough. */
function sourceStrip(theme: ChartTheme, run: ConvergenceRun, axis: ProgressAxis): Series {
  const stretches = sourceStretches(run.rounds)
  const place = (round: number): number => progressOfRound(axis, run.history, round)
  return {
    id: 'guidance/source',
    clip: true,
    name: text.source,
    type: 'custom',
    xAxisIndex: 3,
    yAxisIndex: 3,
    data: stretches.map(({ firstRound, lastRound }) => [place(firstRound - 1), place(lastRound)]),
    encode: { x: [0, 1], y: [] },
    tooltip: { show: false },
    renderItem: ({ dataIndex }, api) => {
      const from = api.coord([api.value(0), 1])
      const to = api.coord([api.value(1), 0])
      const { source } = stretches[dataIndex]!
      const width = Math.max(1, to[0]! - from[0]! - 1)
      const words = text.sources[source] ?? source
      const colour = sourceColour(theme, source)
      const bar = {
        type: 'rect' as const,
        shape: { x: from[0]!, y: from[1]!, width, height: to[1]! - from[1]!, r: 2 },
        style: { fill: colour },
      }
      const name = { type: 'text' as const, style: { text: words, fill: theme.surfaces[1], fontSize: theme.small * 0.92, fontWeight: 600 } }
      const fits = (letters: number): boolean => width > letters * theme.small * 0.62
      if (source === 'taken-back' && !fits(words.length) && fits(1.5)) name.style.text = text.takenBackMark
      return fits(name.style.text.length) ? { ...bar, textContent: name, textConfig: { position: 'inside' } } : bar
    },
  }
}

/** Dark enough for letters in light, light enough in dark. */
function sourceColour(theme: ChartTheme, source: string): string {
  const [blue, orange, green, pink, yellow, grey] = seriesColours(theme)
  return { guided: blue!, random: orange!, hybrid: green!, backprop: pink!, cloud: yellow! }[source] ?? grey!
}
