/** Search for the smallest memory cap under which something still completes. */
import { RunFailed } from '#shared/errors/run-failed.ts'
import { formatBytes } from '#shared/units/bytes.ts'

export interface SmallestCap {
  /** It completed under this, twice. */
  readonly bytes: number
  /** It failed under a cap this much smaller, or would have at most. */
  readonly resolutionBytes: number
  /** How many caps were set. */
  readonly trials: number
}

export interface CapRange {
  /** A cap too small, such as the size of an idle worker. */
  readonly tooSmallBytes: number
  /** Where to begin: about what it takes without a cap. */
  readonly startBytes: number
  readonly resolutionBytes: number
}

/** Of what the cap leaves above the smallest one. */
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
  // It completed once under `high`.
  while (!(await tried(high))) {
    do high += resolutionBytes
    while (!(await tried(high)))
  }
  return { bytes: high, resolutionBytes, trials }
}
