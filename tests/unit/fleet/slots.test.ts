import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Slot, Slots, type Tenant } from '#main/fleet/slots.ts'

/** A phone that has nothing but a place; its process is only looked at by name. */
class Guest implements Tenant {
  busy = false
  slot: Slot | null = null
  readonly kind: string
  constructor(kind: string) {
    this.kind = kind
  }
  leave(): Slot | null {
    const { slot } = this
    this.slot = null
    return slot
  }
}

const stopped: unknown[] = []
const processOf = (remembers: boolean): Slot => {
  const slot = { worker: { forgetPeak: () => !remembers, stop: () => Promise.resolve(stopped.push(slot)) } } as unknown as Slot
  return slot
}

test('no more processes than slots, none of a phone that is asked is taken, and one of the same kind is taken over first', async () => {
  const asks = fc.array(fc.record({ guest: fc.nat(9), busy: fc.boolean(), ends: fc.boolean(), remembers: fc.boolean() }), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 5 }), asks, async (count, list) => {
      const slots = new Slots(count)
      const guests = Array.from({ length: 10 }, (_, i) => new Guest(`kind ${i % 3}`))
      const numbers = new Map<Guest, number>()
      for (const { guest: index, busy, ends, remembers } of list) {
        const guest = guests[index]!
        slots.touch(guest)
        if (!guest.slot) {
          const before = guests.filter(({ slot }) => slot)
          const could = before.filter((other) => !other.busy && other.kind === guest.kind)
          const { number, left } = await slots.take(guest)
          if (before.length === count) {
            const [gone, ...more] = before.filter(({ slot }) => !slot)
            expect([gone!.busy, more]).toEqual([false, []])
            expect(numbers.get(gone!)).toBe(number)
            if (could.length > 0) expect(gone!.kind).toBe(guest.kind)
            numbers.delete(gone!)
          } else expect(left).toBeNull()
          guest.slot = left ?? processOf(remembers)
          numbers.set(guest, number)
        }
        // All but one can be asked at once.
        guest.busy = busy && guests.filter((other) => other.busy).length < count - 1
        if (ends && !guest.busy) {
          guest.leave()
          slots.free(guest)
          numbers.delete(guest)
        }
        const living = guests.filter(({ slot }) => slot)
        expect(living.length).toBeLessThanOrEqual(count)
        expect(new Set(numbers.values()).size).toBe(living.length)
        expect([...numbers.values()].every((number) => number < count)).toBe(true)
        expect(slots.full).toBe(living.length === count)
      }
    }),
  )
})

test('the phone that was asked longest ago leaves first, and a process that remembers another phone is not taken over', async () => {
  const slots = new Slots(2)
  const [a, b, c, d] = ['x', 'x', 'x', 'x'].map((kind) => new Guest(kind)) as [Guest, Guest, Guest, Guest]
  for (const [guest, remembers] of [
    [a, false],
    [b, true],
  ] as const) {
    await slots.take(guest)
    guest.slot = processOf(remembers)
  }
  const first = a.slot
  slots.touch(a)
  stopped.length = 0
  const second = b.slot
  expect(await slots.take(c)).toEqual({ number: 1, left: null })
  expect(stopped).toEqual([second])
  expect(await slots.take(d)).toEqual({ number: 0, left: first })
})

test('that every process is needed at once is a fault of the caller', async () => {
  const slots = new Slots(1)
  const [a, b] = [new Guest('x'), new Guest('x')]
  await slots.take(a)
  a.busy = true
  await expect(slots.take(b)).rejects.toThrow('more than 1 phones are asked at once')
})
