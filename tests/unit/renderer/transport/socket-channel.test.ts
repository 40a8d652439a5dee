import { afterEach, expect, test, vi } from 'vitest'
import { openSocket } from '#renderer/transport/socket-channel.ts'

afterEach(() => vi.unstubAllGlobals())

const nothing = { state: null, replaceState: () => {} }
const at = (hash: string) => ({ host: '127.0.0.1:1', hash })

test('an address without its token is refused before a socket is opened, and says what to open', async () => {
  vi.stubGlobal('fetch', async () => ({ status: 403 }))
  await expect(openSocket(at('#view=run'), nothing)).rejects.toThrow(/lacks its token.*newest address that the lab printed/i)
})

test('the token leaves the address whether or not it was good, and what else stands there stays', async () => {
  const asked: unknown[] = []
  vi.stubGlobal('fetch', async (...call: unknown[]) => {
    asked.push(call)
    return { status: 403 }
  })
  const addresses: unknown[] = []
  const kept = {
    state: null,
    replaceState: (_state: unknown, _title: string, address?: string | URL | null) => void addresses.push(address),
  }
  await expect(openSocket(at('#token=abc&view=memory'), kept)).rejects.toThrow(/another browser used it/)
  expect(asked).toEqual([['/token', { method: 'POST', body: 'abc' }]])
  expect(addresses).toEqual(['#view=memory'])
})
