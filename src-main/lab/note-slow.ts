/** Slow statements of the store, kept in the log beside faults: whoever asks why the lab was slow finds them there. */
import type { SlowStatement } from '#main/store/slow-statements.ts'
import type { FaultLog } from './fault-log.ts'

export function noteSlow({ note }: Pick<FaultLog, 'note'>): (slow: SlowStatement) => void {
  return ({ sql, milliseconds, times }) =>
    note(`a statement of the store took ${Math.round(milliseconds)} ms, ${times} such since it was noted last`, sql.replaceAll(/\s+/g, ' '))
}
