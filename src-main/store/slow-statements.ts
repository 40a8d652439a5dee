/** Times the statements of a database and reports slow ones, each at most once a minute. It measures wall time, which nothing but a log may depend on. */
import type { Database, Statement } from 'better-sqlite3'

export interface SlowStatement {
  readonly sql: string
  readonly milliseconds: number
  /** The number of times that the statement was slow since it was last reported, this time included. */
  readonly times: number
}

interface SlowOptions {
  /** The time above which a statement is slow. @default 250 */
  readonly milliseconds?: number
  /** Returns the present time, milliseconds. @default the system's clock */
  readonly now?: () => number
}

const QUIET_MILLISECONDS = 60_000

/** Times all statements that are prepared from now on, and the commits of transactions, which wait for the disk. */
export function watchStatements(
  database: Database,
  onSlow: (slow: SlowStatement) => void,
  { milliseconds: longest = 250, now = () => performance.now() }: SlowOptions = {},
): void {
  /** For each statement, how often it was slow since it was last reported, and when that was. */
  const slow = new Map<string, { times: number; toldAt: number }>()

  function took(sql: string, milliseconds: number): void {
    if (milliseconds <= longest) return
    const known = slow.get(sql) ?? { times: 0, toldAt: -Infinity }
    slow.set(sql, known)
    known.times++
    if (now() - known.toldAt < QUIET_MILLISECONDS) return
    onSlow({ sql, milliseconds, times: known.times })
    known.times = 0
    known.toldAt = now()
  }

  function timed<A extends unknown[], R>(sql: string, work: (...values: A) => R): (...values: A) => R {
    return (...values) => {
      const began = now()
      try {
        return work(...values)
      } finally {
        took(sql, now() - began)
      }
    }
  }

  const prepare = database.prepare.bind(database) as (sql: string) => Statement
  database.prepare = ((sql: string) => {
    const statement = prepare(sql)
    const { run, get, all } = statement
    return Object.assign(statement, {
      run: timed(sql, run.bind(statement)),
      get: timed(sql, get.bind(statement)),
      all: timed(sql, all.bind(statement)),
    })
  }) as Database['prepare']

  const transaction = database.transaction.bind(database)
  database.transaction = ((work: (...values: unknown[]) => unknown) => {
    let worked = 0
    const made = transaction((...values: unknown[]) => {
      const result = work(...values)
      worked = now()
      return result
    })
    const committing =
      (run: (...values: unknown[]) => unknown) =>
      (...values: unknown[]): unknown => {
        const result = run(...values)
        took('COMMIT', now() - worked)
        return result
      }
    const { deferred, immediate, exclusive } = made
    const ways = { deferred: committing(deferred), immediate: committing(immediate), exclusive: committing(exclusive) }
    return Object.assign(committing(made), ways)
  }) as Database['transaction']
}
