import { expect, test } from 'vitest'
import { Journal, type RecordedParts } from '#main/fleet/journal.ts'
import { WorkerEnded } from '#main/fleet/worker-process.ts'

const live = (value: unknown) => async () => value
const never = async (): Promise<never> => {
  throw new Error('a worker was asked')
}

/** Parts of what `rounds` asked, a part each. */
async function recordedParts(...rounds: ((journal: Journal) => Promise<unknown>)[]): Promise<RecordedParts & { reads: number[] }> {
  const journal = new Journal()
  const parts: Uint8Array[] = []
  for (const round of rounds) {
    await round(journal)
    parts.push(journal.take())
  }
  const reads: number[] = []
  return {
    count: parts.length,
    reads,
    read: async (part) => {
      reads.push(part)
      return parts[part]!
    },
  }
}

test('answers come again worker by worker in the order asked, whoever asks first, and then from the workers', async () => {
  const parts = await recordedParts(
    (journal) => Promise.all([journal.through('a', 'probe', live(1)), journal.through('b', 'probe', live({ bytes: Uint8Array.of(7) }))]),
    (journal) => Promise.all([journal.through('b', 'probe', live(3)), journal.through('a', 'apply', live(2))]),
  )
  const again = new Journal(parts)
  expect(again.replaying).toBe(true)
  expect(await Promise.all([again.through('b', 'probe', never), again.through('a', 'probe', never)])).toEqual([
    { bytes: Uint8Array.of(7) },
    1,
  ])
  expect(await Promise.all([again.through('a', 'apply', never), again.through('b', 'probe', never)])).toEqual([2, 3])
  expect(again.replaying).toBe(false)
  expect(await again.through('a', 'probe', live(4))).toBe(4)
})

test('a part is read when it is needed and once, and what was read is not recorded again', async () => {
  const ask = (value: number) => (journal: Journal) => journal.through('a', 'probe', live(value))
  const parts = await recordedParts(ask(1), ask(2), ask(3))
  const again = new Journal(parts)
  await again.through('a', 'probe', never)
  expect(parts.reads).toEqual([0])
  await again.through('a', 'probe', never)
  expect(parts.reads).toEqual([0, 1])
  const next = new Journal({ count: 1, read: async () => again.take() })
  expect(await next.through('a', 'probe', live('asked'))).toBe('asked')
})

test('a worker that has no answer left is asked, after the whole record was looked through', async () => {
  const parts = await recordedParts((journal) => journal.through('a', 'probe', live(1)))
  const again = new Journal(parts)
  expect(await again.through('b', 'probe', live('b'))).toBe('b')
  expect(await again.through('a', 'probe', never)).toBe(1)
})

test('a worker that was lost is lost again in the same words, and another question than then is refused', async () => {
  const lost = new WorkerEnded('a', { kind: 'crash', words: 'crashed' }, 'probing')
  const parts = await recordedParts(async (journal) => {
    await journal.through('a', 'probe', () => Promise.reject(lost)).catch(() => {})
    await journal.through('a', 'probe', live(2))
  })
  const again = new Journal(parts)
  await expect(again.through('a', 'probe', never)).rejects.toThrow('a crashed while probing')
  await expect(again.through('a', 'apply', never)).rejects.toThrow(/asked to probe in the record and to apply now/)
})
