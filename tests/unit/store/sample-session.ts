/** A made-up session of two phones with every kind of event, a diverged loss among them. */
import type { LabEvent } from '#shared/events/event.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'

export const scenario = parseScenario(
  { name: 'sample', seed: 7, model: { checkpoint: 'm' }, data: { train: { path: 't.tsv' } }, fleet: [{ profile: 'pixel-4', count: 2 }] },
  'sample',
)

export function sampleSession(session: string, rounds: number): LabEvent[] {
  const cap = { bytes: 512 * 2 ** 20, mechanism: 'rlimit-data', enforced: true }
  const phone = { profile: 'pixel-4', link: 'lte', rows: 10, cap }
  return [
    {
      kind: 'session-started',
      session,
      scenario,
      phones: [
        { id: 'phone-1', ...phone },
        { id: 'phone-2', ...phone },
      ],
      labels: ['no', 'ja ✓ "zitiert"\n'],
      parameters: 1234,
      layers: 2,
      rows: { train: 20, public: 2, test: 5 },
      fresh: [],
    },
    { kind: 'evaluated', round: 0, accuracy: 0.5, loss: 0.7, rows: 5 },
    ...Array.from({ length: rounds }, (_, i) => sampleRound(i + 1)).flat(),
    { kind: 'session-finished', stoppedBy: 'rounds', digest: 'abc', wallSeconds: 1.5 },
  ]
}

export function sampleRound(round: number): LabEvent[] {
  const report = { kind: 'phone-reported', round, forwardPasses: 4, bytesUp: 20, bytesDown: 300 } as const
  return [
    { kind: 'phone-started', phone: 0, idleBytes: 7e7, restarts: 0, bytesDown: 0 },
    { kind: 'round-started', round, plan: { guidance: true, guided: true, random: 1, shared: 0 }, phones: [0, 1] },
    { kind: 'bits-chosen', round, bits: [4, 8], why: ['a', 'b'], layerBytes: [10, 20] },
    { ...report, phone: 0, loss: Number.NaN },
    { ...report, phone: 1, loss: Number.POSITIVE_INFINITY },
    { kind: 'update-applied', round, learningRate: 1e-3, source: 'hybrid', guidedEnergy: 0.25, randomEnergy: null, digest: `d${round}` },
    { kind: 'memory-sampled', phone: 0, residentBytes: 8e7, peakBytes: 9e7 },
    { kind: 'phone-ended', phone: 1, round, reason: 'cap-hit', words: 'hit its cap', doing: 'probing', final: false },
    {
      kind: 'round-scheduled',
      round,
      startSeconds: round - 1,
      endSeconds: round + 1 / 3,
      tasks: [{ id: 'x', lane: 'compute', kind: 'probe', device: 'phone-1', layer: undefined, startSeconds: -0, endSeconds: 1e-320 }],
      overlapRatio: 0.1 + 0.2,
    },
    { kind: 'evaluated', round, accuracy: round / 10, loss: Number.NEGATIVE_INFINITY, rows: 5 },
    { kind: 'round-finished', round, virtualSeconds: round + 1 / 3 },
  ]
}
