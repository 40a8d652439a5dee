/** `sessions` lists the sessions of a store. */
import { visibleLine } from '#shared/text/visible.ts'
import type { SessionRow } from '#main/store/session-data.ts'
import type { CliCommand } from '../command.ts'
import { STORE_OPTION, withStore } from '../store-option.ts'

export const sessions: CliCommand = {
  name: 'sessions',
  operands: [],
  options: { search: { type: 'string', value: 'WORDS' }, ...STORE_OPTION, json: { type: 'boolean' } },
  summary: 'Lists the sessions that were kept; with --search those that have all the words in their name, method, state, tags or notes.',
  run: (context, options) =>
    withStore(context, options, (store) => {
      const rows = store.sessions(options['search'] as string | undefined)
      context.stdout.write(options['json'] === true ? `${JSON.stringify({ sessions: rows })}\n` : list(rows))
      return 0
    }),
}

/** The most characters of a name in the table. */
const LONGEST_NAME = 60
const LONGEST_ERROR = 300

function list(rows: readonly SessionRow[]): string {
  if (rows.length === 0) return 'no sessions\n'
  const cells = rows.map(({ id, name, method, rounds, accuracy, startedAt, state, error }) => [
    id,
    visibleLine(name, LONGEST_NAME),
    method,
    String(rounds),
    accuracy === null ? '-' : accuracy.toFixed(3),
    `${startedAt.slice(0, 16).replace('T', ' ')} UTC`,
    error === null ? state : `${state}: ${visibleLine(error, LONGEST_ERROR)}`,
  ])
  const lines = [['session', 'name', 'method', 'rounds', 'accuracy', 'started', 'state'], ...cells]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
