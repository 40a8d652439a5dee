/** Words the refusal of a file whose reader ended before it was done. */
import type { WorkerEnded } from '#main/fleet/worker-process.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { formatBytes } from '#shared/units/bytes.ts'

export interface ReaderLimits {
  /** Longest that a job may go without a step forward. @default 120 */
  readonly patienceSeconds: number
  /** The most bytes that the process may hold. @default half of the machine's memory, 4 GiB at most */
  readonly memoryBytes: number
}

/** @param ended how the process ended */
export function refusal(file: string, ended: WorkerEnded, { patienceSeconds, memoryBytes }: ReaderLimits): InputError | RunFailed {
  const { kind, words } = ended.reason
  const refused = (found: string, expected: string): InputError => new InputError(file, found, expected, { cause: ended })
  switch (kind) {
    case 'hang':
      return refused(
        `no end of reading it, and no step forward for ${patienceSeconds} s`,
        'a file that is read in less; have a simpler one',
      )
    case 'cap-hit':
    case 'v8-out-of-memory':
      return refused(`more memory than the ${formatBytes(memoryBytes)} that reading may take`, 'a smaller file, or one with less in it')
    case 'crash':
      return refused(`reading it ended the process that reads: it ${words}`, 'a file without what is named here')
    default:
      return new RunFailed(`${file}: the process that read it ${words}`, { cause: ended })
  }
}
