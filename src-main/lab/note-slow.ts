/** Writes slow statements of the store to the log of faults, where people look who ask why the lab was slow. */
import type { SlowStatement } from '#main/store/slow-statements.ts'
import type { FaultLog } from './fault-log.ts'

export function noteSlow({ note }: Pick<FaultLog, 'note'>): (slow: SlowStatement) => void {
  return ({ sql, milliseconds, times }) =>
    note(`a statement of the store took ${Math.round(milliseconds)} ms, ${times} such since it was noted last`, sql.replaceAll(/\s+/g, ' '))
}
