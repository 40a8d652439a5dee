/** A short session as events: two phones, `rounds` rounds of two seconds each, an answer per phone and round. */
import type { LabCalls } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'

export const PHONES = ['a', 'b'] as const

export function recordedEvents(rounds: number): LabEvent[] {
  const scenario = parseScenario(
    {
      name: 'Two phones',
      model: { checkpoint: 'm' },
      data: { train: { path: 't' } },
      fleet: [{ profile: 'pixel-4', count: 2 }],
      stop: { rounds },
    },
    'test',
  )
  const cap = { bytes: 1000, mechanism: 'rlimit-data', enforced: true }
  const plan = { guidance: true, guided: true, random: 0, shared: 0 }
  return [
    {
      kind: 'session-started',
      session: 's',
      scenario,
      phones: PHONES.map((id) => ({ id, profile: 'pixel-4', link: 'lte', rows: 10, cap })),
      labels: ['x', 'y'],
      parameters: 5,
      layers: 2,
      rows: { train: 20, public: 2, test: 4 },
      fresh: [],
    },
    { kind: 'evaluated', round: 0, accuracy: 0.5, loss: 1, rows: 4 },
    ...Array.from({ length: rounds }, (_, i): LabEvent[] => {
      const round = i + 1
      return [
        { kind: 'round-started', round, plan, phones: [0, 1] },
        ...PHONES.map((_id, phone): LabEvent => ({
          kind: 'phone-reported',
          round,
          phone,
          loss: 1,
          forwardPasses: 4,
          bytesUp: 8,
          bytesDown: 16,
        })),
        { kind: 'update-applied', round, learningRate: 0.01, source: 'guided', guidedEnergy: 1, randomEnergy: null, digest: `d${round}` },
        { kind: 'round-scheduled', round, startSeconds: 2 * i, endSeconds: 2 * round, tasks: [], overlapRatio: 0 },
        { kind: 'evaluated', round, accuracy: 0.5 + round / 1000, loss: 1, rows: 4 },
        { kind: 'round-finished', round, virtualSeconds: 2 * round },
      ]
    }).flat(),
    { kind: 'session-finished', stoppedBy: 'rounds', digest: 'd', wallSeconds: 3 },
  ]
}

/** A lab that has kept these events, and how often it was asked for a view. */
export function keeper(events: LabEvent[]): Pick<LabCalls, 'open' | 'events'> & { opened: number } {
  return {
    opened: 0,
    async open(_session, seq) {
      this.opened++
      const end = Math.min(seq ?? events.length, events.length)
      return { view: new Projection().addAll(events.slice(0, end)).view, length: events.length }
    },
    async events(_session, from, limit) {
      return events.slice(from, from + limit)
    },
  }
}
