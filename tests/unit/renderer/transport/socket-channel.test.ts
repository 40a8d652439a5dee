import { expect, test } from 'vitest'
import { openSocket } from '#renderer/transport/socket-channel.ts'

test('an address without its token is refused before anything is sent, and says what to open', () => {
  const empty = { getItem: () => null, setItem: () => {} }
  expect(() => openSocket({ host: '127.0.0.1:1', hash: '#view=run' }, empty)).toThrow(/lacks its token.*address that the lab printed/i)
})
