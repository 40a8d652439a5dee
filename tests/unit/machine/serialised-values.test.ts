import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { Journal } from '#main/fleet/journal.ts'
import { ResumeState } from '#main/lab/resume-state.ts'
import { serialiseValue, deserialiseValue } from '#main/machine/serialised-values.ts'

/** As the next V8 but one would have written it. */
function fromTheFuture(value: unknown): Uint8Array {
  const bytes = Uint8Array.from(serialiseValue(value))
  bytes[1]! += 2
  return bytes
}

test('values come back as they were kept, numbers in arrays of their own kinds among them', () => {
  const value = { seeds: new BigUint64Array([1n]), values: new Float32Array([Number.NaN, 1]), at: new Map([[1, 'one']]) }
  expect(deserialiseValue(serialiseValue(value), 'it')).toEqual(value)
})

test('an earlier format is read as it was written; this is one of Node 8, whose V8 wrote format 13', () => {
  expect(deserialiseValue(Uint8Array.of(0xff, 13, 0x6f, 0x22, 1, 0x61, 0x49, 2, 0x7b, 1), 'it')).toEqual({ a: 1 })
})

test('a format that only a later Node reads, and bytes that are no kept value, are refused with what to do', () => {
  expect(() => deserialiseValue(fromTheFuture([1]), 'the state')).toThrow(
    /^the state was kept by a newer Node, in format \d+, and Node v\S+ reads formats up to \d+: go on with the lab that kept it, or a later one$/,
  )
  expect(() => deserialiseValue(Uint8Array.of(), 'the state')).toThrow('the state is damaged')
  expect(() => deserialiseValue(Uint8Array.of(0x7b, 0x22), 'the state')).toThrow('the state is damaged')
  expect(() => deserialiseValue(serialiseValue([1, 2]).subarray(0, 4), 'the state')).toThrow('the state is damaged: ')
})

test('what a session kept says so itself: its record and its saved state', async () => {
  const part = deflateRawSync(fromTheFuture([]))
  const journal = new Journal({ count: 1, read: async () => part })
  await expect(journal.through('phone', 'probe', async () => 1)).rejects.toThrow(/^part 1 of the session's record was kept by a newer Node/)
  const state = { round: 1, position: 0, content: fromTheFuture({}) }
  const resumption = { state, events: [], pending: [], parts: 0, wallSeconds: 0 } as never
  expect(() => new ResumeState({ from: { resumption, read: async () => part } })).toThrow(
    /^the saved state of the session was kept by a newer Node/,
  )
})
