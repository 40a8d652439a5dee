/** Computes when a run would have reached a target on other links: the same work, round after round, on the virtual clock. */
import { timeRound } from '#main/federation/timed-round.ts'
import { Hardware, type TimedPhone } from '#main/federation/hardware.ts'
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import type { LearningRun } from './learning-run.ts'

export interface Timing {
  /** Virtual seconds to the target; null if it was not reached. */
  readonly secondsToTarget: number | null
  readonly roundsToTarget: number | null
  /** Up to the target, else in all: of the directions to one phone, and of communication that nothing hid. */
  readonly bytes: number
  readonly exposedSeconds: number
}

export function timed(
  { rounds }: LearningRun,
  target: number,
  cloud: DeviceProfile,
  phones: readonly TimedPhone[],
  policy: PolicyName,
  seed: number,
): Timing {
  const hardware = new Hardware(cloud, phones, seed)
  let [now, bytes, exposedSeconds] = [0, 0, 0]
  for (const [index, { amounts, accuracy }] of rounds.entries()) {
    const { endSeconds, metrics } = timeRound(hardware, amounts, policy, now)
    now = endSeconds
    bytes += amounts.messageBytes.reduce((sum, each) => sum + each, 0)
    exposedSeconds += metrics.exposedCommunicationSeconds
    if (accuracy >= target) return { secondsToTarget: now, roundsToTarget: index + 1, bytes, exposedSeconds }
  }
  return { secondsToTarget: null, roundsToTarget: null, bytes, exposedSeconds }
}
