/** The results of two to six sessions, row by row, with the best of each row. */
import { type SessionView, total } from '#shared/events/projection.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount, formatPercent, formatSeconds, significant } from '#shared/units/quantities.ts'
import { text } from '#renderer/text/window-texts.ts'

type RowKey = keyof typeof text.sessions.comparison.rows

interface ComparedRow {
  readonly key: RowKey
  readonly name: string
  /** The values in the order of the sessions. */
  readonly values: readonly string[]
  /** Positions of the best; empty where all are equal or better has no meaning. */
  readonly best: readonly number[]
}

interface Result {
  readonly key: RowKey
  readonly of: (view: SessionView) => number | null
  readonly format: (value: number) => string
  readonly better?: 'more' | 'less'
}

const RESULTS: readonly Result[] = [
  { key: 'final', of: ({ history }) => history.at(-1)?.accuracy ?? null, format: formatPercent, better: 'more' },
  {
    key: 'best',
    of: ({ history }) => (history.length === 0 ? null : Math.max(...history.map(({ accuracy }) => accuracy))),
    format: formatPercent,
    better: 'more',
  },
  { key: 'loss', of: ({ history }) => history.at(-1)?.loss ?? null, format: significant, better: 'less' },
  { key: 'rounds', of: ({ round }) => round, format: formatCount },
  { key: 'target', of: ({ target }) => target?.round ?? null, format: formatCount, better: 'less' },
  { key: 'passes', of: ({ phones }) => total(phones, 'forwardPasses'), format: formatCount },
  { key: 'down', of: ({ phones }) => total(phones, 'bytesDown'), format: formatBytes, better: 'less' },
  { key: 'up', of: ({ phones }) => total(phones, 'bytesUp'), format: formatBytes, better: 'less' },
  { key: 'virtual', of: ({ virtualSeconds }) => virtualSeconds, format: formatSeconds },
  { key: 'wall', of: ({ finished }) => finished?.wallSeconds ?? null, format: formatSeconds },
  {
    key: 'peak',
    of: ({ phones }) => (phones.length === 0 ? null : Math.max(...phones.map(({ peakBytes }) => peakBytes))),
    format: formatBytes,
    better: 'less',
  },
  { key: 'capHits', of: ({ phones }) => phones.reduce((sum, { capHits }) => sum + capHits, 0), format: formatCount, better: 'less' },
]

export function comparedRows(views: readonly SessionView[]): ComparedRow[] {
  const words = text.sessions.comparison
  return RESULTS.map(({ key, of, format, better }) => {
    const numbers = views.map(of)
    const missing = key === 'target' ? words.notReached : '–'
    return {
      key,
      name: words.rows[key],
      values: numbers.map((number) => (number === null ? missing : format(number))),
      best: better ? bestOf(numbers, better) : [],
    }
  })
}

function bestOf(numbers: readonly (number | null)[], better: 'more' | 'less'): number[] {
  const known = numbers.filter((number) => number !== null)
  if (known.length === 0 || (known.length === numbers.length && known.every((number) => number === known[0]))) return []
  const best = better === 'more' ? Math.max(...known) : Math.min(...known)
  return numbers.flatMap((number, i) => (number === best ? [i] : []))
}
