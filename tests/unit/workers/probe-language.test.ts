/**
 * What a phone answers and what an update does to it, to the last bit, against digests that were recorded when requests and updates were flags
 * and counts (commit adcf5ef).
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Example } from '#main/training/batch.ts'
import { packExamples } from '#main/training/packed-examples.ts'
import type { PhoneSpec } from '#main/workers/protocol/training-spec.ts'
import { MaskSession } from '#main/workers/mask-session.ts'
import { PhoneProgram } from '#main/workers/phone-program.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { openFull } from '../training/full-parameters/opened.ts'
import { ADAM, directionBytes, kernelBytes, openTiny, oraclesDirectory, randomVector, tinyDirectory } from '../training/tiny.ts'
import { drawnCase } from './drawn-cases.ts'
import { requestOf, updateOf } from './spoken-cases.ts'

const CASES = Number(process.env['CASES'] ?? 200)
const FULL_CASES = 20
const PHONE = 3
const recordedPath = join(oraclesDirectory, 'probe-language.json')
const LORA = { kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'value'] } as const
const stream = new Stream(deriveKey(3, 'rows'))
const rows = Array.from({ length: 9 }, (): Example => {
  const label = stream.below(3)
  return { ids: Int32Array.of(2, 20 + label, ...Array.from({ length: stream.below(6) }, () => 5 + stream.below(55)), 3), label }
})
const { layout } = openTiny(LORA)
const sent = Array.from({ length: 12 }, (_, j) => directionBytes(layout, randomVector(layout.size, 5, j), 4))
const cohort = [PHONE, 6].map((phone) => ({ phone, publicKey: new MaskSession(7, phone).publicKey, weight: 0.25 * phone }))

async function spoken(index: number): Promise<string> {
  const { distribution, adam, retractable, jvp, poolSize, rounds } = drawnCase(index)
  const spec: PhoneSpec = {
    checkpoint: tinyDirectory,
    seed: 7,
    classes: 3,
    padId: 0,
    adapter: LORA,
    replica: { seed: 7, poolSize, distribution, adam: adam ? ADAM : null, retractable },
    phone: PHONE,
    examples: packExamples(rows),
    batchSize: 5,
    probe: jvp ? 'jvp' : 'two-point',
    probeSize: 1e-2,
  }
  const phone = new PhoneProgram(kernelBytes, () => {})
  const hash = createHash('sha256').update(await phone.open(spec))
  let received = 0
  for (const [i, { probe, update, ...round }] of rounds.entries()) {
    for (let j = 0; j < round.received; j++) phone.receive(sent[received++]!)
    const { frame, batches } = await phone.probe(requestOf(i + 1, probe, cohort))
    const pool = Math.min(poolSize, received)
    hash
      .update(frame)
      .update(JSON.stringify(batches))
      .update(phone.apply(updateOf(i + 1, update, pool, layout.byLayer.length)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Of a phone that trains every weight, which has no directions from the cloud. */
function spokenInFull(index: number): string {
  const { distribution, rounds } = drawnCase(10_000 + index)
  const { replica } = openFull(undefined, { distribution })
  rounds.forEach(({ update }, i) => {
    const plain = { ...update, guided: [], project: false, candidates: 1, anchor: 'moves' } as const
    replica.apply(updateOf(i + 1, plain, 0, 0))
  })
  return replica.digest()
}

test('every form of request and update gives what it gave, to the last bit', { timeout: 600_000 }, async () => {
  const digests: string[] = []
  for (let index = 0; index < CASES; index++) digests.push(await spoken(index))
  for (let index = 0; index < FULL_CASES; index++) digests.push(spokenInFull(index))
  expect(new Set(digests).size).toBe(digests.length)
  expect(digests).toEqual((JSON.parse(readFileSync(recordedPath, 'utf8')) as string[]).slice(0, digests.length))
})
