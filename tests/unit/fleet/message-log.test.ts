import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ReplicaMessage, MessageLog, type SavedReplica } from '#main/fleet/message-log.ts'
import type { SavedState } from '#main/training/replica.ts'

/** What a replica is made of, told by what it was given: its updates and the newest directions. */
class Told {
  updates: number[] = []
  pool: number[] = []
  readonly poolSize: number

  constructor(poolSize: number) {
    this.poolSize = poolSize
  }

  take({ kind, bytes }: ReplicaMessage): void {
    if (kind === 'update') this.updates.push(bytes[0]!)
    else this.pool = this.poolSize === 0 ? [] : [...this.pool, bytes[0]!].slice(-this.poolSize)
  }

  /** In place of parameters: which updates they are made of. */
  save(): SavedState {
    const values = Float32Array.from(this.updates)
    return { values, firstMoment: values, secondMoment: values, before: values, steps: this.updates.length, last: { pool: [], noise: [] } }
  }

  restore({ replica, directions }: SavedReplica): void {
    this.updates = Array.from(replica.values)
    this.pool = directions.map((bytes) => bytes[0]!)
  }
}

interface Standing {
  readonly replica: Told
  position: number
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ push: fc.constantFrom('direction' as const, 'update' as const), bytes: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 2, arbitrary: fc.record({ save: fc.constant(true) }) },
  { weight: 3, arbitrary: fc.record({ follow: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ anew: fc.nat({ max: 3 }) }) },
)

test('whoever was left out for however long comes to where the others are, whenever states are saved, the cheaper way', () => {
  const property = fc.property(
    fc.array(step, { maxLength: 60 }),
    fc.nat({ max: 3 }),
    fc.nat({ max: 120 }),
    (steps, poolSize, vectorBytes) => {
      const log = new MessageLog({ poolSize, vectorBytes })
      const all: ReplicaMessage[] = []
      const newest = new Told(poolSize)
      const standing: Standing[] = Array.from({ length: 4 }, () => ({ replica: new Told(poolSize), position: 0 }))
      for (const [i, next] of steps.entries()) {
        if ('push' in next) {
          const message = { kind: next.push, bytes: new Uint8Array(next.bytes).fill(i % 256) }
          all.push(message)
          newest.take(message)
          log.push(message)
        } else if ('save' in next) log.save(newest.save())
        else if ('anew' in next) {
          // A fresh process, which begins from what is saved.
          const phone = standing[next.anew]!
          const replica = new Told(poolSize)
          if (log.saved) replica.restore(log.saved)
          for (const message of log.between(log.saved?.position ?? 0, log.position)) replica.take(message)
          standing[next.anew] = { replica, position: log.position }
          expect(phone.position).toBeLessThanOrEqual(log.position)
          expect(replica).toEqual(newest)
        } else {
          const phone = standing[next.follow]!
          const missed = all.slice(phone.position)
          const messages = missed.reduce((sum, { bytes }) => sum + bytes.length, 0)
          const directions = all.filter(({ kind }) => kind === 'direction').slice(poolSize === 0 ? all.length : -poolSize)
          const last = all.findLast(({ kind }) => kind === 'update')
          const state = vectorBytes + directions.reduce((sum, { bytes }) => sum + bytes.length, 0) + (last?.bytes.length ?? 0)
          expect(log.catchUp(phone.position)).toEqual(
            messages <= state ? { by: 'messages', bytes: messages } : { by: 'state', bytes: state },
          )
          if (messages <= state) {
            // Never forgotten while it is the way that somebody takes.
            const kept = log.between(phone.position, log.position)
            expect(kept).toEqual(missed)
            for (const message of kept) phone.replica.take(message)
          } else phone.replica.restore(log.save(newest.save()))
          phone.position = log.position
          expect(phone.replica).toEqual(newest)
        }
      }
    },
  )
  fc.assert(property, { numRuns: 400 })
})

test('what is kept is no more than a state is long, and what came since the state', () => {
  const log = new MessageLog({ poolSize: 2, vectorBytes: 100 })
  const state = new Told(2).save()
  for (let round = 0; round < 50; round++) {
    log.push({ kind: 'direction', bytes: new Uint8Array(30) })
    log.push({ kind: 'update', bytes: new Uint8Array(10) })
    if (round % 10 === 9) log.save(state)
  }
  // The state: 100 of vectors, two directions of 30 and the last update of 10.
  const first = Array.from({ length: 101 }, (_, position) => position).find((position) => log.holds(position))!
  expect(log.catchUp(first).bytes).toBeLessThanOrEqual(170)
  expect(log.catchUp(first - 1)).toEqual({ by: 'state', bytes: 170 })
  expect(() => log.between(first - 1, 100)).toThrow(/forgotten/)
})

test('without a state that can be sent nothing is forgotten', () => {
  const log = new MessageLog()
  for (let i = 0; i < 20; i++) log.push({ kind: 'update', bytes: new Uint8Array(1000) })
  expect(log.catchUp(0)).toEqual({ by: 'messages', bytes: 20_000 })
  expect(log.between(0, 20).length).toBe(20)
})
