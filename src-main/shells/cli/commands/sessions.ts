/** `sessions`: what a store keeps. */
import { resolve } from 'node:path'
import { openStore } from '#main/store/open-store.ts'
import type { SessionRow } from '#main/store/store.ts'
import type { Command } from '../command.ts'

export const sessions: Command = {
  name: 'sessions',
  operands: [],
  options: { store: { type: 'string', value: 'FILE', required: true }, json: { type: 'boolean' } },
  summary: 'Lists the sessions that run --store has kept.',
  async run({ cwd, stdout }, options) {
    const store = openStore(resolve(cwd, options['store'] as string), { mustExist: true })
    try {
      const rows = store.sessions()
      stdout.write(options['json'] === true ? `${JSON.stringify({ sessions: rows })}\n` : list(rows))
    } finally {
      store.close()
    }
    return 0
  },
}

function list(rows: readonly SessionRow[]): string {
  if (rows.length === 0) return 'no sessions\n'
  const cells = rows.map(({ id, name, method, rounds, accuracy, startedAt, state, error }) => [
    id,
    name,
    method,
    String(rounds),
    accuracy === null ? '-' : accuracy.toFixed(3),
    `${startedAt.slice(0, 16).replace('T', ' ')} UTC`,
    error === null ? state : `${state}: ${error.split('\n')[0]}`,
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
