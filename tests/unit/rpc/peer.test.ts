import { setTimeout as after } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { type PeerOptions, connectPeer } from '#shared/rpc/peer.ts'
import type { CancelSignal } from '#shared/rpc/signal.ts'

interface Offered {
  twice(value: number): number
  refuse(): never
  forever(name: string, signal?: AbortSignal): Promise<string>
  answer(): unknown
}

/** Two peers on one carrier, and what the offering one saw. */
function pair(options: PeerOptions = {}) {
  const listeners: ((message: unknown) => void)[] = []
  const sent: unknown[] = []
  const side = (own: 0 | 1) => ({
    post(message: unknown) {
      const copy: unknown = structuredClone(message)
      sent.push(copy)
      queueMicrotask(() => listeners[1 - own]!(copy))
    },
    onMessage: (listener: (message: unknown) => void) => void (listeners[own] = listener),
  })
  const seen: { args: unknown[]; aborted: boolean }[] = []
  const offered = {
    twice: (value: number) => 2 * value,
    refuse() {
      throw new InputError('here', 'this', 'that')
    },
    forever(...args: unknown[]) {
      const call = { args, aborted: false }
      seen.push(call)
      return new Promise<string>((resolve) => {
        ;(args.at(-1) as CancelSignal).addEventListener('abort', () => {
          call.aborted = true
          resolve('stopped')
        })
      })
    },
    answer: () => () => {},
  }
  connectPeer<object, object>(side(0), offered, options)
  return { caller: connectPeer<Offered, object>(side(1), {}), seen, sent }
}

test('a call is answered, and what it throws arrives as an error of its class', async () => {
  const { call } = pair().caller
  expect(await call.twice(4)).toBe(8)
  await expect(call.refuse()).rejects.toEqual(new InputError('here', 'this', 'that'))
})

test('a call that is cancelled fails at once with the reason, and the other side stops', async () => {
  const { caller, seen } = pair()
  const aborting = new AbortController()
  const answer = caller.call.forever('a', aborting.signal)
  await after(5)
  expect(seen).toMatchObject([{ args: ['a', expect.any(AbortSignal)], aborted: false }])
  aborting.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
  await after(5)
  expect(seen[0]!.aborted).toBe(true)
})

test('one that was cancelled before is not sent, and one that was answered is not cancelled', async () => {
  const { caller, seen, sent } = pair()
  await expect(caller.call.forever('a', AbortSignal.abort(new Error('never')))).rejects.toThrow('never')
  expect([seen, sent]).toEqual([[], []])
  const aborting = new AbortController()
  await (caller.call.twice as (value: number, signal: AbortSignal) => Promise<number>)(4, aborting.signal)
  const before = sent.length
  aborting.abort()
  await after(5)
  expect(sent).toHaveLength(before)
})

test('calls under way fail when the other side ends, and so do later ones', async () => {
  const { caller } = pair()
  const answer = caller.call.forever('a', new AbortController().signal)
  await after(5)
  caller.end(new Error('gone'))
  await expect(answer).rejects.toThrow('gone')
  await expect(caller.call.twice(1)).rejects.toThrow('gone')
  expect(() => caller.tell.twice(1)).not.toThrow()
})

test('only what is offered can be called, and nothing that every object has', async () => {
  const { call } = pair({ allowed: new Set(['twice']) }).caller
  expect(await call.twice(1)).toBe(2)
  await expect(call.refuse()).rejects.toThrow('not found')
  const { call: all } = pair().caller
  for (const name of ['constructor', 'toString', '__proto__', 'nothing']) {
    await expect((all as unknown as Record<string, () => Promise<unknown>>)[name]!()).rejects.toThrow('not found')
  }
})

test('an answer that can not be sent becomes one that says so', async () => {
  await expect(pair().caller.call.answer()).rejects.toThrow(/could not be cloned/)
})

test('errors may be answered in other words', async () => {
  const { call } = pair({ answered: (error) => new Error(`not now: ${(error as Error).message}`) }).caller
  await expect(call.refuse()).rejects.toThrow('not now: here: this; expected that')
})
