/** A recorded session as large as windows have to bear: many phones and layers, many rounds, its schedules simulated as those of a run are. */
import { describeMetrics, describeTasks } from '#main/timeline/describe-round.ts'
import type { RoundWork } from '#main/timeline/round-work.ts'
import { simulateRound } from '#main/timeline/simulate-round.ts'
import { openStore } from '#main/store/open-store.ts'
import { storeService } from '#main/store/store-service.ts'
import type { BitsReason } from '#shared/events/bits-choice.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { parseScenario, type Scenario } from '#shared/scenario/scenario.ts'

export interface Size {
  readonly phones: number
  readonly layers: number
  readonly rounds: number
  /** Layers of all rounds but the last: less to store. @default as many */
  readonly layersBefore?: number
  /** Rounds that are simulated; those after them repeat them, later. @default all */
  readonly distinct?: number
}

const BITS = [1, 2, 3, 4, 6, 8, 16]
const MIB = 2 ** 20

/** @returns the tasks of its last round */
export function writeBigSession(storePath: string, session: string, size: Size): number {
  const scenario = bigScenario(size)
  const store = openStore(storePath)
  const service = storeService(store)
  let tasks = 0
  try {
    service.createSession({
      id: session,
      name: scenario.name,
      method: scenario.method.kind,
      seed: scenario.seed,
      scenario,
      startedAt: '2026-01-01T00:00:00.000Z',
      environment: {},
    })
    for (const events of bigSession(session, size)) {
      service.write(session, { events })
      for (const event of events) if (event.kind === 'round-scheduled') tasks = event.tasks.length
    }
    service.finish(session, { state: 'finished', endedAt: '2026-01-01T01:00:00.000Z' })
    return tasks
  } finally {
    store.close()
  }
}

export function bigScenario({ phones, layers, rounds }: Size): Scenario {
  return parseScenario(
    {
      name: `${phones} phones, ${layers} layers`,
      model: { checkpoint: 'builtin:encoder' },
      data: { train: { path: 'builtin:topic/train?rows=6000' } },
      fleet: [{ profile: 'android-go', count: phones, link: 'slow-4g', memoryCap: '160 MiB' }],
      schedule: { policy: 'layerwise' },
      compression: { controller: 'adaptive' },
      stop: { rounds, targetAccuracy: 0.9, atTarget: false },
    },
    'bench',
  )
}

/** Its events: the start, each round, the end. */
export function* bigSession(session: string, size: Size): Generator<LabEvent[]> {
  const { phones, layers, rounds } = size
  const ids = Array.from({ length: phones }, (_, i) => `android-go-${i + 1}`)
  const cap = { bytes: 160 * MIB, mechanism: 'rlimit-data', enforced: true }
  yield [
    {
      kind: 'session-started',
      session,
      scenario: bigScenario(size),
      phones: ids.map((id) => ({ id, profile: 'android-go', link: 'slow-4g', rows: 90, cap })),
      labels: ['a', 'b'],
      parameters: 17_000,
      layers,
      rows: { train: 5400, public: 600, test: 500 },
      fresh: [],
    },
    ...ids.map((_, phone): LabEvent => ({ kind: 'phone-started', phone, idleBytes: 88 * MIB, restarts: 0, bytesDown: 0 })),
    { kind: 'evaluated', round: 0, accuracy: 0.3, loss: 1.7, rows: 500 },
  ]
  const simulated: LabEvent[][] = []
  const repeated = (round: number, start: number): LabEvent[] => later(simulated[round % simulated.length]!, round, start)
  let start = 0
  for (let round = 1; round <= rounds; round++) {
    const depth = round === rounds ? layers : (size.layersBefore ?? layers)
    const events =
      size.distinct === undefined || round <= size.distinct ? roundEvents(round, start, ids, depth, layers) : repeated(round, start)
    if (round <= (size.distinct ?? 0)) simulated.push(events)
    start = events.find((event) => event.kind === 'round-scheduled')!.endSeconds
    yield events
  }
  yield [{ kind: 'session-finished', stoppedBy: 'rounds', digest: '0'.repeat(32), wallSeconds: start }]
}

/** The events of another round as those of this one. */
function later(events: readonly LabEvent[], round: number, start: number): LabEvent[] {
  const then = events.find((event) => event.kind === 'round-scheduled')!.startSeconds
  const moved = (seconds: number): number => seconds - then + start
  return events.map((event): LabEvent => {
    switch (event.kind) {
      case 'memory-sampled':
        return event
      case 'round-scheduled': {
        const tasks = event.tasks.map((task) => ({ ...task, startSeconds: moved(task.startSeconds), endSeconds: moved(task.endSeconds) }))
        return { ...event, round, tasks, startSeconds: start, endSeconds: moved(event.endSeconds) }
      }
      case 'round-finished':
        return { ...event, round, virtualSeconds: moved(event.virtualSeconds) }
      default:
        return 'round' in event ? { ...event, round } : event
    }
  })
}

function roundEvents(round: number, start: number, ids: readonly string[], depth: number, layers: number): LabEvent[] {
  const random = new Stream(deriveKey(1, 'bench ui', round))
  const uniform = (): number => random.uniform()
  const work = roundWork(ids, depth, uniform)
  const { tasks, schedule, metrics, endSeconds } = simulateRound(work, 'layerwise', start)
  const reasons = Array.from({ length: layers }, (_, layer): BitsReason => {
    const bits = BITS[Math.floor(uniform() * BITS.length)]!
    const rate = 1.6e6
    const needSeconds = 0.01 + uniform()
    return {
      layer,
      bits,
      previousBits: 4,
      bytes: 600 * bits,
      candidates: [bits, 2 * bits].map((candidate) => ({ bits: candidate, bytes: 600 * candidate })),
      sensitivity: uniform(),
      estimateBitsPerSecond: rate,
      needSeconds,
      deadlineSeconds: needSeconds,
      arrivalSeconds: uniform(),
      binding: uniform() < 0.5,
      missed: uniform() < 0.1,
      words: `layer ${layer}: ${bits} bits`,
    }
  })
  const progress = 1 - Math.exp(-round / 60)
  return [
    { kind: 'round-started', round, plan: { guidance: true, guided: true, random: 0, shared: 2 }, phones: ids.map((_, i) => i) },
    {
      kind: 'bits-chosen',
      round,
      bits: reasons.map(({ bits }) => bits),
      why: reasons.map(({ words }) => words),
      layerBytes: reasons.map(({ bytes }) => 2 * bytes),
      reasons,
      links: ids.slice(0, 16).map((_, phone) => ({ phone, estimateBitsPerSecond: 1.5e6, goodputBitsPerSecond: 1.2e6 + 6e5 * uniform() })),
    },
    ...ids.map((_, phone): LabEvent => ({
      kind: 'phone-reported',
      round,
      phone,
      loss: 1.7 - 1.4 * progress + 0.1 * uniform(),
      forwardPasses: 16,
      bytesUp: 100,
      bytesDown: 20_000,
    })),
    {
      kind: 'update-applied',
      round,
      learningRate: 0.01,
      source: uniform() < 0.9 ? 'guided' : 'random',
      guidedEnergy: 0.1 * uniform(),
      randomEnergy: 0.001 * uniform(),
      digest: '0000',
    },
    {
      kind: 'round-scheduled',
      round,
      startSeconds: start,
      endSeconds,
      tasks: describeTasks(tasks, schedule, metrics.criticalPath),
      overlapRatio: metrics.overlapRatio ?? 0,
      policy: 'layerwise',
      metrics: describeMetrics(metrics),
    },
    ...ids.map((_, phone): LabEvent => {
      const residentBytes = Math.round((100 + 20 * uniform()) * MIB)
      return { kind: 'memory-sampled', phone, residentBytes, peakBytes: residentBytes }
    }),
    { kind: 'evaluated', round, accuracy: 0.3 + 0.65 * progress + 0.01 * uniform(), loss: 1.7 - 1.4 * progress, rows: 500 },
    { kind: 'round-finished', round, virtualSeconds: endSeconds },
  ]
}

function roundWork(ids: readonly string[], depth: number, uniform: () => number): RoundWork {
  const each = <T>(value: () => T): T[] => Array.from({ length: depth }, value)
  const pace = (flop: number): number => flop / 1e9
  return {
    cloud: { forwardFlop: each(() => 2e6), backwardFlop: each(() => 4e6), encodeFlop: each(() => 1e5) },
    cloudPace: pace,
    encodePace: pace,
    probesNeed: 'own-layer',
    messageBytes: each(() => 4000 + Math.round(8000 * uniform())),
    serverFlop: 1e6,
    phones: ids.map((id) => {
      const speed = 0.2 + uniform()
      const rate = 1e6 + 2e6 * uniform()
      return {
        id,
        probeFlop: each(() => 2e7),
        upBytes: 100,
        updateDownBytes: 200,
        updateFlop: 1e6,
        pace: (flop: number) => pace(flop) / speed,
        downSeconds: (bytes: number) => (8 * bytes) / rate,
        upSeconds: (bytes: number) => (8 * bytes) / (rate / 4),
        latencySeconds: () => 0.03,
      }
    }),
  }
}
