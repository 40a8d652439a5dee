/** `compare SESSION…`: in what sessions differ, and what came of it at equal cost. */
import { InputError } from '#shared/errors/input-error.ts'
import { differingSettings } from '#shared/scenario/compare-scenarios.ts'
import { type EqualCost, atEqualCost } from '#shared/events/equal-cost.ts'
import { visibleLine } from '#shared/text/visible.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount, formatSeconds } from '#shared/units/quantities.ts'
import { SessionViews } from '#main/store/session-views.ts'
import type { CliCommand } from '../command.ts'
import { STORE_OPTION, withStore } from '../store-option.ts'

const FORMATS: Readonly<Record<EqualCost['cost'], (amount: number) => string>> = {
  forwardPasses: (passes) => `${formatCount(passes)} passes`,
  bytes: formatBytes,
  virtualSeconds: (seconds) => `${formatSeconds(seconds)} virtual`,
}

export const compare: CliCommand = {
  name: 'compare',
  operands: ['SESSION', 'SESSION…'],
  options: { ...STORE_OPTION, json: { type: 'boolean' } },
  summary: 'Shows the settings in which sessions differ, and their accuracy at equal forward passes, bytes and time.',
  run: (context, options, ids) =>
    withStore(context, options, (store) => {
      if (new Set(ids).size < ids.length) throw new InputError('compare', 'the same session twice', 'different sessions')
      const kept = new SessionViews(store)
      const settings = differingSettings(ids.map((id) => store.session(id).scenario))
      const views = ids.map((id) => kept.at(id).view)
      const equal = atEqualCost(views.map(({ history }) => history))
      if (options['json'] === true) context.stdout.write(`${JSON.stringify({ sessions: ids, settings, equal })}\n`)
      else context.stdout.write(tables(ids, settings, equal))
      return 0
    }),
}

const LONGEST_CELL = 80

function tables(ids: readonly string[], settings: ReturnType<typeof differingSettings>, equal: readonly EqualCost[]): string {
  const short = ids.map((id) => id.slice(0, 8))
  const rows: string[][] = [
    ['setting', ...short],
    ...settings.map(({ path, values }) => [path, ...values.map((value) => visibleLine(value ?? '-', LONGEST_CELL))]),
  ]
  if (settings.length === 0) rows.push(['(all settings are the same)', ...short.map(() => '')])
  rows.push(['', ...short.map(() => '')], ['accuracy after', ...short])
  for (const { cost, amount, accuracies } of equal) {
    rows.push([FORMATS[cost](amount), ...accuracies.map((accuracy) => (accuracy === null ? '-' : accuracy.toFixed(3)))])
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
