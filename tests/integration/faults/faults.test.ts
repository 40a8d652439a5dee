/** Faults of real processes, each at a fixed moment: what is told of them, and that the rest is a run in which that phone dropped out. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { runSession } from '#main/lab/run-session.ts'
import { verifySession } from '#main/lab/verify-session.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'
import { loaded, only, removeFiles, resources } from '../session/sessions.ts'
import type { Fault } from './faulty-device.ts'

const folder = mkdtempSync(join(tmpdir(), 'cooperlab-faults-'))
afterAll(() => {
  removeFiles()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => {
  delete process.env['COOPERLAB_FAULT']
  expectNoWorkers()
})

const faulty = { ...resources, deviceWorker: join(import.meta.dirname, 'faulty-device.ts') }
// One that hoards meets a small cap soon.
const fleet = [
  { profile: 'pixel-4', count: 2, memoryCap: '400 MiB' },
  { profile: 'android-go', link: 'slow-4g', id: 'last' },
]
const change = { method: { kind: 'fedmezo', randomDirections: 2, batchSize: 4 }, fleet, stop: { rounds: 3 } }

/** Longer than any worker that is well is silent, on a busy machine too. */
const HANG_SECONDS = 10

async function withFault(kind: Fault['kind']): Promise<LabEvent[]> {
  const fault: Fault = { phone: 1, round: 2, kind, mark: join(folder, kind) }
  process.env['COOPERLAB_FAULT'] = JSON.stringify(fault)
  const events: LabEvent[] = []
  await runSession(loaded(change), {
    resources: faulty,
    emit: (event) => events.push(event),
    patienceSeconds: kind === 'hang' ? HANG_SECONDS : 120,
  })
  delete process.env['COOPERLAB_FAULT']
  return events
}

const reports = (events: readonly LabEvent[]): number[][] =>
  [1, 2, 3].map((round) => only(events, 'phone-reported').flatMap((event) => (event.round === round ? [event.phone] : [])))

describe.skipIf(process.platform !== 'linux')('a phone', () => {
  test.each<[Fault['kind'], string, RegExp]>([
    ['exit', 'exit', /^left with code 3$/],
    ['crash', 'crash', /^crashed \(SIGSEGV\)$/],
    ['uncaught', 'crash', /^failed \(Error: nobody caught this\)$/],
    ['v8-out-of-memory', 'v8-out-of-memory|cap-hit', /heap/],
    ['hang', 'hang', new RegExp(`^gave no sign of life for ${HANG_SECONDS} s and was stopped$`)],
    ['no report', 'garbage', /^answered with something that is no report$/],
    ['garbled frame', 'garbage', /^answered with a frame that can't be read \(corrupted frame/],
    ['another name', 'garbage', /^answered in the name of phone 99$/],
  ])(
    'that ends by %s is told so, comes back bit-identical, and the rest is as if it had dropped out',
    { timeout: 120_000 },
    async (kind, reason, words) => {
      const events = await withFault(kind)
      const ends = only(events, 'phone-ended')
      expect(ends).toHaveLength(1)
      expect(ends[0]).toMatchObject({ phone: 1, round: 2, final: false })
      expect(ends[0]!.reason).toMatch(new RegExp(`^(${reason})$`))
      expect(ends[0]!.words).toMatch(words)
      // It takes part again, and replicas that differ would have ended the run.
      expect(reports(events)).toEqual([
        [0, 1, 2],
        [0, 2],
        [0, 1, 2],
      ])
      const dropped = await verifySession(loaded(change), events, { resources, onEvent: () => {}, signal: new AbortController().signal })
      expect(dropped!.difference).toBeNull()
    },
  )

  test('that sends noise beside its answers is heard all the same', { timeout: 60_000 }, async () => {
    const events = await withFault('noise')
    expect(only(events, 'phone-ended')).toEqual([])
    expect(reports(events)).toEqual([1, 2, 3].map(() => [0, 1, 2]))
  })
})
