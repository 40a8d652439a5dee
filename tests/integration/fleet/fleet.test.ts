import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import { Fleet } from '#main/fleet/fleet.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { Phone } from '#main/fleet/phone.ts'
import { WorkerEnded, WorkerProcess } from '#main/fleet/worker-process.ts'
import { kernelsPath, sourceResources } from '#main/machine/resources.ts'
import { basis, own } from '#main/wire/direction-request.ts'
import { readScalars } from '#main/wire/scalars-frame.ts'
import { packExamples } from '#main/training/packed-examples.ts'
import type { PhoneCommands } from '#main/workers/protocol/commands.ts'
import type { PhoneSpec } from '#main/workers/protocol/training-spec.ts'
import { PhoneProgram } from '#main/workers/phone-program.ts'
import type { LabEvent } from '#shared/events/event.ts'
import {
  directionBytes,
  kernelBytes,
  openTiny,
  projectRoot,
  randomVector,
  recordedRows,
  replicaSpec,
  tinyDirectory,
} from '../../unit/training/tiny.ts'
import { alongBasis, seeded, updateBytes } from '../../unit/wire/terms.ts'
import { expectNoWorkers, workers } from './worker-processes.ts'

const resources = sourceResources(projectRoot)
const program = { entry: resources.deviceWorker, kernels: kernelsPath(resources) }
const { mechanism } = strongestMechanism()
const LORA = { kind: 'lora' as const, rank: 2, alpha: 4, targets: ['query', 'value'] }
const { layout } = openTiny(LORA)
const cache = mkdtempSync(join(tmpdir(), 'cooperlab-compile-'))

const spec = (phone: number): PhoneSpec => ({
  checkpoint: tinyDirectory,
  seed: 7,
  classes: 3,
  padId: 0,
  adapter: LORA,
  replica: replicaSpec(),
  phone,
  examples: packExamples(recordedRows),
  batchSize: 4,
  probe: 'two-point',
  probeSize: 1e-2,
})

let running: Fleet | null = null

function fleetOf(count: number, capBytes = 1e9): { fleet: Fleet; events: LabEvent[] } {
  const events: LabEvent[] = []
  const phones = Array.from(
    { length: count },
    (_, phone) => new Phone({ id: `phone-${phone}`, program, spec: spec(phone), capBytes, mechanism, where: 'here' }),
  )
  running = new Fleet(phones, (event) => events.push(event))
  return { fleet: running, events }
}

const direction = (round: number): Uint8Array => directionBytes(layout, randomVector(layout.size, 30, round), 4, round)
const update = (round: number): Uint8Array =>
  updateBytes(round, 0.01, [
    ...alongBasis([0.5]),
    ...seeded(0, round, [0.2], { projected: true }),
    ...seeded(1, round, [-0.1], { projected: true }),
  ])
const request = (round: number) => ({ round, directions: [basis(), own(1, { projected: true })] })

/** Digests and scalars of a phone that nothing ever happened to, in this process. */
async function undisturbed(rounds: number): Promise<{ digests: string[]; scalars: number[][] }> {
  const phone = new PhoneProgram(kernelBytes, () => {})
  await phone.open(spec(0))
  const digests: string[] = []
  const scalars: number[][] = []
  for (let round = 1; round <= rounds; round++) {
    phone.receive(direction(round))
    scalars.push([...readScalars((await phone.probe(request(round))).frame).values])
    digests.push(phone.apply(update(round)))
  }
  return { digests, scalars }
}

beforeAll(() => warmCompileCache({ compileCache: cache, sources: [] }, [program.entry]))
afterEach(async () => {
  await running?.stop()
  running = null
  expectNoWorkers()
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

describe('a fleet of processes', () => {
  test('computes what a phone computes in one process, to the last bit', async () => {
    const { fleet } = fleetOf(2)
    const expected = await undisturbed(2)
    for (let round = 1; round <= 2; round++) {
      expect(await fleet.startAvailable(round)).toEqual([0, 1])
      await fleet.broadcast('direction', direction(round))
      const reports = await fleet.probe(request(round))
      expect([...readScalars(reports.get(0)!.frame).values]).toEqual(expected.scalars[round - 1])
      expect(readScalars(reports.get(1)!.frame).values).not.toEqual(readScalars(reports.get(0)!.frame).values)
      expect([...(await fleet.update(update(round))).entries()].toSorted()).toEqual(
        [0, 1].map((phone) => [phone, expected.digests[round - 1]]),
      )
    }
  })

  test.skipIf(process.platform !== 'linux')(
    'replaces a phone killed while it probed, and nothing of what it computes changes',
    async () => {
      const { fleet, events } = fleetOf(2)
      const expected = await undisturbed(3)
      await fleet.startAvailable(1)
      await fleet.broadcast('direction', direction(1))
      const [victim] = workers()
      const probing = fleet.probe(request(1))
      process.kill(victim!.pid, 'SIGKILL')
      expect([...readScalars((await probing).get(0)!.frame).values]).toEqual(expected.scalars[0])
      expect([...(await fleet.update(update(1))).values()]).toEqual([expected.digests[0], expected.digests[0]])
      const ended = events.find((event) => event.kind === 'phone-ended')
      expect(ended).toMatchObject({ reason: 'killed', round: 1, final: false })
      expect(ended).not.toHaveProperty('lostIn')

      expect(await fleet.startAvailable(2)).toEqual([0, 1])
      await fleet.broadcast('direction', direction(2))
      const reports = await fleet.probe(request(2))
      expect([...readScalars(reports.get(0)!.frame).values]).toEqual(expected.scalars[1])
      expect([...(await fleet.update(update(2))).values()]).toEqual([expected.digests[1], expected.digests[1]])
      expect(events.filter((event) => event.kind === 'phone-started').map((event) => event.restarts)).toEqual([0, 0, 1])
    },
  )

  test('ends all processes, also when told twice', async () => {
    const { fleet } = fleetOf(2)
    await fleet.startAvailable(1)
    if (process.platform === 'linux') expect(workers().length).toBe(2)
    await fleet.stop()
    expect(workers()).toEqual([])
    await fleet.stop()
  })

  test('tells what each phone held', async () => {
    const { fleet, events } = fleetOf(1)
    await fleet.startAvailable(1)
    fleet.sampleMemory()
    const sampled = events.filter((event) => event.kind === 'memory-sampled')
    expect(sampled.length).toBe(1)
    expect(sampled[0]!.residentBytes).toBeGreaterThan(20e6)
    expect(sampled[0]!.peakBytes).toBeGreaterThanOrEqual(sampled[0]!.residentBytes)
  })

  test('goes on without a phone that a message broke, and brings it back with a sound one', async () => {
    const { fleet, events } = fleetOf(2)
    const expected = await undisturbed(2)
    await fleet.startAvailable(1)
    await fleet.broadcast('direction', direction(1))
    // Written over in memory after it was logged for all.
    const corrupted = update(1)
    corrupted[20] = corrupted[20]! ^ 0xff
    await fleet.select([1])
    expect((await fleet.update(corrupted)).size).toBe(0)
    corrupted[20] = corrupted[20]! ^ 0xff
    expect(events.filter((event) => event.kind === 'phone-ended')).toMatchObject([{ phone: 1, reason: 'crash', lostIn: 4 }])
    expect(events.find((event) => event.kind === 'phone-ended')!.words).toMatch(/^failed \(corrupted frame/)
    expect(await fleet.startAvailable(2)).toEqual([0, 1])
    expect([...(await fleet.select([0, 1])).values()].map(({ digest }) => digest)).toContain(expected.digests[0])
    await fleet.broadcast('direction', direction(2))
    expect([...(await fleet.update(update(2))).values()]).toEqual([expected.digests[1], expected.digests[1]])
  })
})

describe('a worker process', () => {
  test.skipIf(process.platform !== 'linux')(
    'that dies while something is asked of it rejects that, and all that follows, saying what it was doing',
    async () => {
      const worker = new WorkerProcess<PhoneCommands>(program)
      await worker.whenReady()
      await worker.call.open(spec(0))
      await worker.call.receive(direction(1))
      const probe = worker.call.probe({ round: 1, directions: [own(200)] })
      process.kill(worker.pid, 'SIGKILL')
      const error = await probe.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(WorkerEnded)
      expect(error).toMatchObject({ reason: { kind: 'killed' } })
      expect((error as WorkerEnded).message).toMatch(/^a worker was killed \(SIGKILL\) while /)
      await expect(worker.call.apply(update(1))).rejects.toBe(await worker.ended)
    },
  )

  test('that can not start says so', async () => {
    const worker = new WorkerProcess<PhoneCommands>({ ...program, kernels: join(projectRoot, 'no-such-file.wasm') })
    const error = await worker.whenReady().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(WorkerEnded)
    expect((error as WorkerEnded).message).toMatch(/no-such-file\.wasm.* while starting/)
  })

  test('whose command fails goes on', async () => {
    const worker = new WorkerProcess<PhoneCommands>(program)
    await worker.whenReady()
    await expect(worker.call.probe(request(1))).rejects.toThrow('the phone has no model yet')
    expect(await worker.call.open(spec(0))).toMatch(/^[0-9a-f]{16}$/)
    expect((await worker.stop()).reason.kind).toBe('exit')
  })
})
