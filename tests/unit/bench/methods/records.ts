/** Made-up runs for the tests of this folder, with curves that can be worked out by hand. */
import { METHOD_ENTRIES, type MethodEntry } from '#main/bench/methods/method-entries.ts'
import type { RunResult } from '#main/bench/methods/run-result.ts'
import { parseScenario, type Scenario } from '#shared/scenario/scenario.ts'

export const PHONES = 4

export const baseScenario = (rest: Record<string, unknown> = {}): Scenario =>
  parseScenario(
    {
      name: 'A <test> & "more"',
      model: { checkpoint: 'm' },
      data: { train: { path: 'builtin:topic/train?rows=60' } },
      fleet: [{ profile: 'pixel-4', count: PHONES }],
      ...rest,
    },
    'test',
  )

export function entryOf(name: string): MethodEntry {
  return METHOD_ENTRIES.find((entry) => entry.name === name)!
}

export interface Made {
  readonly seed?: number
  readonly accuracies: readonly number[]
  /** Per phone and round. */
  readonly passes?: number
  readonly bytes?: number
  readonly seconds?: number
  readonly aboveIdle?: number
  readonly failure?: string | null
  /** Test losses; unless given, 1 less the accuracies. */
  readonly losses?: readonly number[]
  readonly sources?: Readonly<Record<string, number>>
}

/** A run that measured `accuracies` after rounds 0, 1, 2, ... */
export function madeRecord(name: string, made: Made): RunResult {
  const { seed = 1, accuracies, passes = 20, bytes = 1000, seconds = 2, aboveIdle = 20e6, failure = null, sources = {} } = made
  const { kind, settings } = entryOf(name)
  const scenario = baseScenario({ seed, method: { kind, ...settings, learningRate: 0.03 } })
  const idleBytes = kind === 'cloud-only' ? 0 : 80e6
  return {
    key: `${name}-${seed}`,
    lab: '0.0.0',
    scenario,
    failure,
    history: accuracies.map((accuracy, round) => ({
      round,
      accuracy,
      loss: made.losses?.[round] ?? 1 - accuracy,
      virtualSeconds: seconds * round,
      forwardPasses: PHONES * passes * round,
      bytesDown: 0.75 * PHONES * bytes * round,
      bytesUp: 0.25 * PHONES * bytes * round,
    })),
    phones: Array.from({ length: PHONES }, (_, i) => ({
      id: `phone-${i}`,
      idleBytes,
      peakBytes: idleBytes === 0 ? 0 : idleBytes + aboveIdle + i * 1e6,
      forwardPasses: passes * (accuracies.length - 1),
      capHits: 0,
      restarts: 0,
    })),
    sources,
    digest: failure === null ? `digest-${name}-${seed}` : null,
    wallSeconds: 3,
  }
}
