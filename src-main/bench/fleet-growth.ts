/**
 * `fleet`: what a larger fleet costs while as many phones are asked in a round. The built-in topics on ever more phones, which take turns in processes:
 * seconds to start and per round, bytes sent, and the memory of everything.
 */
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { treeResidentBytes } from '#main/fleet/memory-cap/process-tree.ts'
import { runSession } from '#main/lab/run-session.ts'
import { untilAborted } from '#main/federation/steering.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatSeconds } from '#shared/units/quantities.ts'
import { type Bench, type BenchRequest, median } from './bench-definition.ts'

const ASKED = 10
const SIZES = [10, 100, 1000, 10_000]
const QUICK_SIZES = [ASKED, 40]
/** The first round also starts processes. */
const ROUNDS = 6
const SAMPLE_MILLISECONDS = 200

interface FleetResult {
  readonly phones: number
  readonly processes: number
  /** From the scenario to the first round: reading, dealing out rows, starting the cloud and the first phone. */
  readonly startSeconds: number
  /** The median of all rounds but the first. */
  readonly roundSeconds: number
  readonly roundBytesDown: number
  readonly roundBytesUp: number
  /** The largest sum of resident bytes over the host and its processes. */
  readonly residentBytes: number
}

export const fleetBench: Bench = {
  name: 'fleet',
  interruptible: true,
  async run(request) {
    const results: FleetResult[] = []
    for (const phones of request.quick ? QUICK_SIZES : SIZES) {
      if (request.signal.aborted) break
      request.onProgress(`${phones} phones, ${ASKED} asked in a round`)
      results.push(await measured(request, phones))
    }
    const [first] = results
    return {
      results,
      interrupted: request.signal.aborted,
      table: {
        columns: ['phones', 'processes', 'start', 'a round', 'of the smallest', 'down a round', 'up a round', 'memory of everything'],
        rows: results.map((found) => [
          String(found.phones),
          String(found.processes),
          formatSeconds(found.startSeconds),
          formatSeconds(found.roundSeconds),
          `${(found.roundSeconds / first!.roundSeconds).toFixed(2)} times`,
          formatBytes(found.roundBytesDown),
          formatBytes(found.roundBytesUp),
          formatBytes(found.residentBytes),
        ]),
      },
      notes: [
        `${ASKED} phones are asked in a round, whatever the fleet; accuracy is measured before the first and after the last round alone.`,
        'a round: median of real seconds, without the first, which starts processes. down: what a phone missed is sent too, as a state where that is smaller.',
        'memory: largest sum of resident sizes over host, cloud, reader and phones, pages that they share counted for each.',
      ],
    }
  },
}

async function measured({ resources, checkpoint, quick, signal }: BenchRequest, phones: number): Promise<FleetResult> {
  const scenario = parseScenario(
    {
      name: 'fleet',
      model: checkpoint === null ? { checkpoint: 'builtin:encoder', maxLength: 24 } : { checkpoint, maxLength: 12, head: 'fresh' },
      data: {
        train: { path: `builtin:topic/train?rows=${quick ? 300 : 3 * Math.max(1000, phones)}` },
        test: { path: 'builtin:topic/test?rows=60' },
        partition: { kind: 'iid' },
      },
      method: { kind: 'cooper', batchSize: 2, cloudBatchSize: 24 },
      fleet: [{ profile: 'pixel-4', count: phones }],
      federation: { clientsPerRound: ASKED },
      evaluation: { every: ROUNDS },
      stop: { rounds: quick ? 3 : ROUNDS, atTarget: false },
    },
    'the bench',
  )
  const began = performance.now()
  let residentBytes = 0
  const sampling = setInterval(() => (residentBytes = Math.max(residentBytes, treeResidentBytes(process.pid))), SAMPLE_MILLISECONDS)
  let [processes, startSeconds, bytesDown, bytesUp, last] = [phones, 0, 0, 0, 0]
  const rounds: number[] = []
  try {
    await runSession(
      { scenario, directory: '', profiles: loadCatalogue(resources.directory) },
      {
        resources,
        steering: untilAborted(signal),
        emit: (event) => {
          const now = (performance.now() - began) / 1000
          if (event.kind === 'session-started') processes = event.processes ?? phones
          else if (event.kind === 'round-started' && startSeconds === 0) startSeconds = last = now
          else if (event.kind === 'phone-reported' || event.kind === 'phone-skipped') {
            bytesDown += event.bytesDown
            bytesUp += event.bytesUp
          } else if (event.kind === 'round-finished') {
            rounds.push(now - last)
            last = now
          }
        },
      },
    )
  } finally {
    clearInterval(sampling)
  }
  return {
    phones,
    processes,
    startSeconds,
    roundSeconds: rounds.length > 1 ? median(rounds.slice(1)) : NaN,
    roundBytesDown: bytesDown / Math.max(1, rounds.length),
    roundBytesUp: bytesUp / Math.max(1, rounds.length),
    residentBytes,
  }
}
