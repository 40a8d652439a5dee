import { describe, expect, test } from 'vitest'
import type { LabEvent } from '#shared/events/event.ts'
import { DETAILED_ROUNDS, EMPTY_VIEW, Projection, type SessionView } from '#shared/events/projection.ts'
import { summarise } from '#shared/events/summary.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { project } from './project.ts'

const scenario = parseScenario(
  {
    name: 'Two phones',
    seed: 5,
    model: { checkpoint: 'm' },
    data: { train: { path: 't' } },
    fleet: [{ profile: 'pixel-4', count: 2 }],
    stop: { rounds: 9, targetAccuracy: 0.6 },
  },
  'test',
)
const cap = { bytes: 1000, mechanism: 'rlimit-data', enforced: true }
const phone = (id: string) => ({ id, profile: 'pixel-4', link: 'lte', rows: 10, cap })
const started: LabEvent = {
  kind: 'session-started',
  session: 's-1',
  scenario,
  phones: [phone('a'), phone('b')],
  labels: ['no', 'yes'],
  parameters: 63,
  layers: 2,
  rows: { train: 20, public: 2, test: 5 },
  fresh: [],
}
const plan = { guidance: true, guided: true, random: 0, shared: 0 }
const reported = (round: number, index: number, loss: number): LabEvent => ({
  kind: 'phone-reported',
  round,
  phone: index,
  loss,
  forwardPasses: 8,
  bytesUp: 10,
  bytesDown: 100,
})
const evaluated = (round: number, accuracy: number): LabEvent => ({ kind: 'evaluated', round, accuracy, loss: 1 - accuracy, rows: 5 })

const session: LabEvent[] = [
  started,
  evaluated(0, 0.2),
  { kind: 'phone-started', phone: 0, idleBytes: 70, restarts: 0, bytesDown: 0 },
  { kind: 'phone-started', phone: 1, idleBytes: 71, restarts: 0, bytesDown: 0 },
  { kind: 'round-started', round: 1, plan, phones: [0, 1] },
  { kind: 'bits-chosen', round: 1, bits: [4, 4, 2], why: ['', '', ''], layerBytes: [1, 2, 3] },
  reported(1, 0, 2),
  reported(1, 1, 4),
  { kind: 'update-applied', round: 1, learningRate: 0.01, source: 'guided', guidedEnergy: 0.5, randomEnergy: null, digest: 'd1' },
  { kind: 'round-scheduled', round: 1, startSeconds: 0, endSeconds: 3, tasks: [], overlapRatio: 0 },
  { kind: 'memory-sampled', phone: 0, residentBytes: 80, peakBytes: 90 },
  { kind: 'memory-sampled', phone: 1, residentBytes: 81, peakBytes: 91 },
  evaluated(1, 0.7),
  { kind: 'round-finished', round: 1, virtualSeconds: 3 },
  { kind: 'round-started', round: 2, plan, phones: [0, 1] },
  { kind: 'memory-sampled', phone: 1, residentBytes: 0, peakBytes: 88 },
  {
    kind: 'phone-ended',
    phone: 1,
    round: 2,
    reason: 'cap-hit',
    words: 'reached its cap (an allocation was refused)',
    doing: 'probing',
    final: false,
  },
  reported(2, 0, 3),
  { kind: 'update-applied', round: 2, learningRate: 0.005, source: 'random', guidedEnergy: 0.4, randomEnergy: 0.6, digest: 'd2' },
  { kind: 'round-scheduled', round: 2, startSeconds: 3, endSeconds: 5, tasks: [], overlapRatio: 0 },
  evaluated(2, 0.5),
  { kind: 'round-finished', round: 2, virtualSeconds: 5 },
  { kind: 'phone-started', phone: 1, idleBytes: 72, restarts: 1, bytesDown: 0 },
  { kind: 'phone-ended', phone: 1, round: 3, reason: 'killed', words: 'was killed (SIGKILL)', doing: 'starting', final: true },
  { kind: 'session-finished', stoppedBy: 'rounds', digest: 'whole', wallSeconds: 1.5 },
]

const fold = (events: readonly LabEvent[]): SessionView => events.reduce(project, EMPTY_VIEW)
const upTo = (kind: LabEvent['kind'], nth = 1): SessionView => {
  const at = session.map((event, i) => (event.kind === kind ? i : -1)).filter((i) => i >= 0)[nth - 1]!
  return fold(session.slice(0, at + 1))
}

describe('the view of a session', () => {
  test('knows the scenario and its waiting phones from the first event on', () => {
    const view = upTo('session-started')
    expect(view).toMatchObject({ session: 's-1', name: 'Two phones', method: 'cooper', seed: 5, plannedRounds: 9, targetAccuracy: 0.6 })
    expect(view.phones.map(({ id, state, restarts }) => [id, state, restarts])).toEqual([
      ['a', 'waiting', 0],
      ['b', 'waiting', 0],
    ])
  })

  test('totals passes and bytes per phone', () => {
    const [a, b] = fold(session).phones
    expect([a!.forwardPasses, a!.bytesUp, a!.bytesDown]).toEqual([16, 20, 200])
    expect([b!.forwardPasses, b!.bytesUp, b!.bytesDown]).toEqual([8, 10, 100])
  })

  test('has the mean private loss of those that reported', () => {
    expect(upTo('phone-reported', 1).rounds.at(-1)).toMatchObject({ privateLoss: 2, reports: 1 })
    expect(fold(session).rounds).toMatchObject([
      { round: 1, privateLoss: 3, reports: 2, source: 'guided', guidedEnergy: 0.5, randomEnergy: null, bits: [4, 4, 2], digest: 'd1' },
      { round: 2, privateLoss: 3, reports: 1, source: 'random', guidedEnergy: 0.4, randomEnergy: 0.6, bits: [], digest: 'd2' },
    ])
  })

  test('has what a round was to do, its schedule and its learning rate, and null for what nobody has told', () => {
    expect(fold(session).rounds).toMatchObject([
      { plan, learningRate: 0.01, layerBytes: [1, 2, 3], startSeconds: 0, endSeconds: 3, overlapRatio: 0, exposedSeconds: null },
      { plan, learningRate: 0.005, layerBytes: [], startSeconds: 3, endSeconds: 5, overlapRatio: 0, hiddenSeconds: null },
    ])
  })

  test('merges the numbers that the user changed of a phone', () => {
    const tuned = (change: object): LabEvent => ({ kind: 'phone-tuned', phone: 1, round: 1, atSeconds: 0, change })
    const view = [tuned({ gflops: 3, rttMs: 9 }), tuned({ rttMs: 5 })].reduce(project, fold([started]))
    expect(view.phones.map(({ numbers }) => numbers)).toEqual([{}, { gflops: 3, rttMs: 5 }])
  })

  test('goes on after a session was resumed', () => {
    const view = project(fold(session), { kind: 'session-resumed', round: 2 })
    expect(view).toMatchObject({ resumes: 1, finished: null, round: 2 })
  })

  test('tells a phone that is down from one that is out, and why', () => {
    expect(upTo('phone-ended', 1).phones[1]).toMatchObject({
      state: 'down',
      residentBytes: 0,
      capHits: 1,
      lastEnd: 'reached its cap (an allocation was refused) while probing',
    })
    expect(upTo('phone-started', 3).phones[1]).toMatchObject({ state: 'running', restarts: 1, idleBytes: 72, capHits: 1 })
    expect(fold(session).phones[1]).toMatchObject({ state: 'out', capHits: 1, lastEnd: 'was killed (SIGKILL) while starting' })
  })

  test('keeps the largest peak and the latest resident size', () => {
    expect(upTo('memory-sampled', 2).phones[1]).toMatchObject({ residentBytes: 81, peakBytes: 91 })
    expect(upTo('memory-sampled', 3).phones[1]).toMatchObject({ residentBytes: 0, peakBytes: 91 })
  })

  test('measures with the totals and the virtual time of the moment', () => {
    expect(fold(session).history).toEqual([
      { round: 0, virtualSeconds: 0, accuracy: 0.2, loss: 0.8, forwardPasses: 0, bytesDown: 0, bytesUp: 0 },
      {
        round: 1,
        virtualSeconds: 3,
        accuracy: 0.7,
        loss: expect.closeTo(0.3, 12) as number,
        forwardPasses: 16,
        bytesDown: 200,
        bytesUp: 20,
      },
      { round: 2, virtualSeconds: 5, accuracy: 0.5, loss: 0.5, forwardPasses: 24, bytesDown: 300, bytesUp: 30 },
    ])
  })

  test('keeps the first measurement that reached the target', () => {
    expect(upTo('evaluated', 1).target).toBeNull()
    expect(fold(session).target).toMatchObject({ round: 1, accuracy: 0.7 })
  })

  test('is never changed, only replaced', () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
        Object.freeze(value)
        Object.values(value).forEach(freeze)
      }
      return value
    }
    expect(() => session.reduce((view, event) => freeze(project(view, freeze(structuredClone(event)))), freeze(EMPTY_VIEW))).not.toThrow()
  })

  test('begins anew with a new session', () => {
    expect({ ...project(fold(session), started), seq: 1 }).toEqual(fold([started]))
  })
})

describe('a long session', () => {
  const rounds = 600
  const samples = (view: SessionView) => view.phones[0]!.memory
  const long = (): LabEvent[] => [
    started,
    ...Array.from({ length: rounds }, (_, i): LabEvent[] => [
      { kind: 'round-started', round: i + 1, plan, phones: [0, 1] },
      { kind: 'bits-chosen', round: i + 1, bits: [4], why: [''], layerBytes: [1], reasons: [], links: [] },
      reported(i + 1, 0, i),
      { kind: 'memory-sampled', phone: 0, residentBytes: i === 100 ? 7000 : 50 + (i % 7), peakBytes: 60 + i },
      { kind: 'cloud-sampled', residentBytes: i, peakBytes: i },
      { kind: 'round-finished', round: i + 1, virtualSeconds: i + 1 },
    ]).flat(),
  ]

  test('folds at once as it folds event by event, and from any moment on', () => {
    const events = long()
    const whole = new Projection().addAll(events).view
    const middle = new Projection().addAll(events.slice(0, 1500)).view
    const kept = structuredClone(middle)
    expect(new Projection(middle).addAll(events.slice(1500)).view).toEqual(whole)
    expect(fold(events)).toEqual(whole)
    expect(middle).toEqual(kept)
  })

  test('explains the bits of its newest rounds only', () => {
    const { rounds: views } = new Projection().addAll(long()).view
    expect(views.map(({ reasons }) => reasons !== null)).toEqual(views.map((_, i) => i >= rounds - DETAILED_ROUNDS))
    expect(views.every(({ bits }) => bits[0] === 4)).toBe(true)
  })

  test('has a memory curve of bounded length that misses no peak and ends now', () => {
    const view = new Projection().addAll(long()).view
    expect(samples(view).length).toBeLessThanOrEqual(256)
    expect(samples(view).length).toBeGreaterThanOrEqual(128)
    expect(samples(view).reduce((sum, { measurements }) => sum + measurements, 0)).toBe(rounds)
    expect(Math.max(...samples(view).map(({ residentBytes }) => residentBytes))).toBe(7000)
    expect(samples(view).at(-1)).toMatchObject({ seconds: rounds - 1, peakBytes: 60 + rounds - 1 })
    const seconds = samples(view).map((sample) => sample.seconds)
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b))
    expect(view.cloud!.memory.length).toBe(samples(view).length)
  })
})

describe('the summary', () => {
  const summary = summarise(fold(session))

  test('has exactly the keys of the contract', () => {
    expect(Object.keys(summary).toSorted()).toEqual(
      [
        'session',
        'method',
        'seed',
        'rounds',
        'stoppedBy',
        'finalAccuracy',
        'finalLoss',
        'bestAccuracy',
        'target',
        'virtualSeconds',
        'wallSeconds',
        'devices',
        'digest',
        'history',
      ].toSorted(),
    )
  })

  test('says what the view says', () => {
    expect(summary).toMatchObject({
      session: 's-1',
      method: 'cooper',
      seed: 5,
      rounds: 2,
      stoppedBy: 'rounds',
      finalAccuracy: 0.5,
      finalLoss: 0.5,
      bestAccuracy: 0.7,
      target: { round: 1, virtualSeconds: 3, accuracy: 0.7, forwardPasses: 16, bytesDown: 200, bytesUp: 20 },
      virtualSeconds: 5,
      wallSeconds: 1.5,
      digest: 'whole',
    })
    expect(summary.devices[1]).toEqual({
      id: 'b',
      profile: 'pixel-4',
      cap,
      idleBytes: 72,
      peakBytes: 91,
      forwardPasses: 8,
      bytesUp: 10,
      bytesDown: 100,
      capHits: 1,
      restarts: 1,
      lastEnd: 'was killed (SIGKILL) while starting',
    })
    expect(summary.history.length).toBe(3)
  })

  test('survives JSON unchanged', () => {
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary)
  })

  test('has no target where it was not reached, and none before the session is finished', () => {
    const low = session.map((event) => (event.kind === 'evaluated' ? { ...event, accuracy: 0 } : event))
    expect(summarise(fold(low)).target).toBeNull()
    expect(summarise(fold(low)).bestAccuracy).toBe(0)
    expect(() => summarise(fold(session.slice(0, -1)))).toThrow('not finished')
  })
})

describe('phones in the field', () => {
  const view = [
    ...session.slice(0, 6),
    { kind: 'phone-skipped', round: 1, phone: 0, reason: 'late', words: 'answered late', forwardPasses: 8, bytesUp: 1, bytesDown: 2 },
    { kind: 'phone-skipped', round: 1, phone: 1, reason: 'late', words: 'answered late', forwardPasses: 0, bytesUp: 0, bytesDown: 0 },
    { kind: 'phone-skipped', round: 1, phone: 1, reason: 'dropped', words: 'was lost', forwardPasses: 0, bytesUp: 0, bytesDown: 5 },
    { kind: 'privacy-spent', round: 1, epsilon: 1.5, delta: 1e-5 },
    { kind: 'privacy-spent', round: 2, epsilon: 2, delta: 1e-5 },
    { kind: 'session-finished', stoppedBy: 'rounds', digest: 'd', wallSeconds: 1 },
  ].reduce((folded, event) => project(folded, event as LabEvent), EMPTY_VIEW)

  test('whose answers do not count are counted by why, and what they did for nothing is', () => {
    expect(view.phones.map(({ forwardPasses, bytesUp, bytesDown }) => [forwardPasses, bytesUp, bytesDown])).toEqual([
      [8, 1, 2],
      [0, 0, 5],
    ])
    expect(summarise(view).skipped).toEqual({ late: 2, dropped: 1 })
  })

  test('have spent as much privacy as was told last', () => {
    expect(summarise(view).privacy).toEqual({ epsilon: 2, delta: 1e-5 })
  })

  test('that keep their loss to themselves leave the round without one', () => {
    const silent = project(session.slice(0, 5).reduce(project, EMPTY_VIEW), { ...reported(1, 0, 0), loss: null } as LabEvent)
    expect(silent.rounds.at(-1)).toMatchObject({ privateLoss: null, reports: 1 })
  })

  test('are not mentioned where all is as ever', () => {
    const finished: LabEvent = { kind: 'session-finished', stoppedBy: 'rounds', digest: 'd', wallSeconds: 1 }
    const summary = summarise(project(session.slice(0, 6).reduce(project, EMPTY_VIEW), finished))
    expect(summary).not.toHaveProperty('skipped')
    expect(summary).not.toHaveProperty('privacy')
  })
})
