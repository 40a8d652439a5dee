/** The tooltip of the Convergence chart. */
import { formatPercent } from '#shared/units/quantities.ts'
import { convergence as text } from '../../text/convergence-view.ts'
import { tip, type TipRow } from '../series/base-option.ts'
import { formatProgress, type ProgressAxis } from '../series/progress-axis.ts'
import type { ConvergenceRun } from './convergence-run.ts'

interface TipItem {
  readonly seriesId?: string
  readonly seriesName?: string
  readonly color?: string
  readonly value?: readonly number[]
  readonly axisValue?: number
}

export function tooltip(given: unknown, runs: readonly ConvergenceRun[], axis: ProgressAxis): HTMLElement {
  const items = (Array.isArray(given) ? given : [given]) as TipItem[]
  const rows: TipRow[] = []
  for (const { seriesId = '', seriesName = '', color, value } of items) {
    const y = value?.[1]
    if (y === undefined || seriesId.endsWith('/raw')) continue
    const shown = seriesId.endsWith('/accuracy') ? formatPercent(y) : significantOrSmall(y)
    const quantity = seriesId.endsWith('/accuracy') ? text.accuracy : seriesId.endsWith('/loss') ? text.loss : text.energies
    rows.push({
      colour: color,
      name:
        runs.length > 1
          ? `${quantity} · ${seriesName}`
          : seriesId.startsWith('guidance/') || seriesId.endsWith('/private')
            ? seriesName
            : quantity,
      value: shown,
    })
  }
  const x = items[0]?.value?.[0] ?? items[0]?.axisValue ?? NaN
  return tip(`${formatProgress(axis, x)} ${text.axisNames[axis]}`, rows)
}

function significantOrSmall(value: number): string {
  return Math.abs(value) >= 0.01 || value === 0 ? value.toPrecision(3) : value.toExponential(1)
}
