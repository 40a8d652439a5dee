/** Search for the smallest memory cap under which something still completes. */
import { RunFailed } from '#shared/errors/run-failed.ts'
import { formatBytes } from '#shared/units/bytes.ts'

export interface SmallestCap {
  /** The cap under which the step completed twice. */
  readonly bytes: number
  /** The step failed, or at most would have failed, under a cap this much smaller. */
  readonly resolutionBytes: number
  /** The number of caps that were set. */
  readonly trials: number
}

interface CapRange {
  /** A cap too small, such as the size of an idle worker. */
  readonly tooSmallBytes: number
  /** The cap to begin with: about what the step takes without a cap. */
  readonly startBytes: number
  readonly resolutionBytes: number
}

/** The number of times that the margin above the cap known to be too small is doubled before the search gives up. */
const MOST_DOUBLINGS = 6

/**
 * Bisects, then tries the cap it found once more: memory differs a little from one process to the next, so what completed once may not
 * complete again, and then the next larger cap is tried.
 * @param completes sets the cap on a new process and tells whether it got through
 * @throws RunFailed if it completes under none
 */
export async function smallestCap(completes: (capBytes: number) => Promise<boolean>, range: CapRange): Promise<SmallestCap> {
  const { startBytes, resolutionBytes } = range
  let trials = 0
  const tried = (capBytes: number): Promise<boolean> => {
    trials++
    return completes(capBytes)
  }
  let low = range.tooSmallBytes
  let high = Math.max(Math.round(startBytes), low + resolutionBytes)
  for (let doublings = 0; !(await tried(high)); doublings++) {
    if (doublings === MOST_DOUBLINGS) throw new RunFailed(`a step completes under no cap up to ${formatBytes(high)}`)
    ;[low, high] = [high, high + (high - range.tooSmallBytes)]
  }
  while (high - low > resolutionBytes) {
    const middle = Math.round((low + high) / 2)
    if (await tried(middle)) high = middle
    else low = middle
  }
  // The step has completed once under `high`.
  while (!(await tried(high))) {
    do high += resolutionBytes
    while (!(await tried(high)))
  }
  return { bytes: high, resolutionBytes, trials }
}
