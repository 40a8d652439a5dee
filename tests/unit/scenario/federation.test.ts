import { describe, expect, it } from 'vitest'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { messageFrom, smallest } from './examples.ts'

const parsed = (federation: object, method: object = { kind: 'fedmezo' }, phones = 2) =>
  parseScenario({ ...smallest, method, federation, fleet: [{ profile: 'pixel-4', count: phones }] }, 's.json').federation

describe('federation', () => {
  it('is absent unless given, and does nothing where it says nothing', () => {
    expect(parseScenario(smallest, 's.json')).not.toHaveProperty('federation')
    expect(parsed({})).toStrictEqual({ dropout: 0, elastic: false, aggregation: { kind: 'synchronous' }, secureAggregation: false })
  })

  it('fills the defaults of its parts', () => {
    expect(parsed({ availability: { kind: 'daily' }, aggregation: { kind: 'buffered' }, privacy: { model: 'local' } })).toMatchObject({
      availability: { kind: 'daily', fromHour: 22, hours: 8, spreadHours: 2 },
      aggregation: { kind: 'buffered', bufferSize: 4, maxStaleness: 8, weight: 'polynomial' },
      privacy: { model: 'local', clip: 1, noiseMultiplier: 1, delta: 1e-5 },
    })
  })

  it.each([0.5, 1, 4])('takes %d for clientsPerRound', (clientsPerRound) => {
    expect(parsed({ clientsPerRound })).toMatchObject({ clientsPerRound })
  })

  it.each([
    [
      { clientsPerRound: 2.5 },
      'federation.clientsPerRound: 2.5; expected a number of phones of at least 1, or a share above 0 and below 1',
    ],
    [{ clientsPerRound: 0 }, 'federation.clientsPerRound: 0; expected a number of phones'],
    [{ dropout: 1 }, 'federation.dropout: 1; expected a number of at least 0 and below 1'],
    [{ deadline: 4 }, 'federation.deadline: unknown key'],
    [{ elastic: true }, 'federation.elastic: true; expected false, since there is no deadlineSeconds'],
    [{ aggregation: { kind: 'buffered' }, clientsPerRound: 2 }, 'federation.clientsPerRound: 2; expected nothing, since'],
    [{ aggregation: { kind: 'buffered' }, deadlineSeconds: 2 }, 'federation.deadlineSeconds: 2; expected nothing, since'],
    [{ aggregation: { kind: 'async' } }, 'federation.aggregation.kind: "async"; expected "synchronous" or "buffered"'],
    [{ secureAggregation: true }, 'federation.secureAggregation: true; expected false, or a method whose phones all probe the same'],
    [{ privacy: {} }, 'federation.privacy: an object; expected privacy.model "local", or a method whose phones all probe the same'],
    [{ privacy: { delta: 0 } }, 'federation.privacy.delta: 0; expected a number above 0 and below 1'],
  ])('%j is refused in one line', (federation, message) => {
    expect(messageFrom(() => parsed(federation))).toContain(`s.json: ${message}`)
  })

  it('sums alone are enough for decomfl, and for cooper where phones have no directions of their own', () => {
    const sums = { secureAggregation: true, privacy: {} }
    expect(parsed(sums, { kind: 'decomfl' })).toMatchObject({ secureAggregation: true, privacy: { model: 'central' } })
    expect(parsed(sums, { kind: 'cooper', randomDirections: 0 })).toMatchObject({ secureAggregation: true })
    expect(messageFrom(() => parsed(sums, { kind: 'cooper' }))).toContain('federation.privacy')
  })

  it.each([
    [{ elastic: true, deadlineSeconds: 3 }, { kind: 'fwdllm' }, 'federation.elastic'],
    [{ elastic: true, deadlineSeconds: 3 }, { kind: 'decomfl', localSteps: 2 }, 'federation.elastic'],
    [{ aggregation: { kind: 'buffered' } }, { kind: 'cooper' }, 'federation.aggregation'],
    [{ privacy: { model: 'local' } }, { kind: 'fedavg' }, 'federation.privacy'],
  ])('%j is refused with method %j', (federation, method, where) => {
    expect(messageFrom(() => parsed(federation, method))).toContain(where)
  })

  it('masked phones have somebody to hide among', () => {
    const masked = { secureAggregation: true }
    const decomfl = { kind: 'decomfl' }
    expect(messageFrom(() => parsed(masked, decomfl, 1))).toContain(
      'federation.secureAggregation: true; expected false, or a fleet of at least 2',
    )
    expect(messageFrom(() => parsed({ ...masked, clientsPerRound: 0.25 }, decomfl, 4))).toContain(
      's.json: federation.clientsPerRound: 0.25; expected 2 phones or more',
    )
    expect(parsed({ ...masked, clientsPerRound: 0.5 }, decomfl, 4)).toMatchObject({ clientsPerRound: 0.5 })
    expect(parsed({ ...masked, clientsPerRound: 1, privacy: {} }, decomfl, 4)).toMatchObject({ clientsPerRound: 1 })
  })
})
