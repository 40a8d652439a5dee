import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { setPath } from '#shared/scenario/set-path.ts'
import { messageFrom } from './examples.ts'

const scenario = { name: 'n', data: { train: { path: 'a' } }, fleet: [{ count: 1 }, { count: 2 }], stop: null }

describe('setPath', () => {
  it('replaces one value in a copy and leaves the rest as it was', () => {
    const before = structuredClone(scenario)
    const after = setPath(scenario, 'data.train.path=/x/y=z.tsv')
    expect(after).toEqual({ ...scenario, data: { train: { path: '/x/y=z.tsv' } } })
    expect(scenario).toEqual(before)
    expect(after.fleet).toBe(scenario.fleet)
  })

  it.each(['fleet.1.count=9', 'fleet[1].count=9'])('addresses a list entry: %s', (assignment) => {
    expect(setPath(scenario, assignment).fleet).toEqual([{ count: 1 }, { count: 9 }])
  })

  it.each<[string, unknown]>([
    ['name=7', 7],
    ['name="7"', '7'],
    ['name=', ''],
    ['name=true', true],
    ['name=[1,{"a":null}]', [1, { a: null }]],
    ['name=plain words', 'plain words'],
    ['name={broken', '{broken'],
  ])('reads %s as JSON if it is JSON, else as text', (assignment, value) => {
    expect(setPath(scenario, assignment).name).toEqual(value)
  })

  it('creates the objects on the way', () => {
    expect(setPath({}, 'method.adam.beta1=0.5')).toEqual({ method: { adam: { beta1: 0.5 } } })
  })

  it.each([
    ['name', '--set name: no "="; expected PATH=VALUE such as stop.rounds=10 or fleet[0].count=2'],
    ['=1', '--set =1: path ""; expected PATH=VALUE such as stop.rounds=10 or fleet[0].count=2'],
    ['a..b=1', '--set a..b=1: path "a..b"; expected PATH=VALUE such as stop.rounds=10 or fleet[0].count=2'],
    ['fleet[x]=1', '--set fleet[x]=1: path "fleet[x]"; expected PATH=VALUE such as stop.rounds=10 or fleet[0].count=2'],
    ['fleet.2.count=1', '--set fleet.2.count=1: position 2 of fleet, which has 2; expected a position from 0 to 1'],
    ['fleet.count=1', '--set fleet.count=1: "count" in the list fleet; expected a position in it, counted from 0'],
    ['cloud[0]=1', '--set cloud[0]=1: position 0 of cloud, which is missing; expected a list'],
    ['name.x=1', '--set name.x=1: name is "n"; expected an object to set "x" in'],
    ['stop.rounds=1', '--set stop.rounds=1: stop is null; expected an object to set "rounds" in'],
    ['__proto__.x=1', '--set __proto__.x=1: key "__proto__"; expected a key of the scenario'],
    ['data.constructor.prototype.x=1', '--set data.constructor.prototype.x=1: key "constructor"; expected a key of the scenario'],
    ['data.prototype=1', '--set data.prototype=1: key "prototype"; expected a key of the scenario'],
  ])('refuses %s', (assignment, line) => {
    expect(messageFrom(() => setPath(scenario, assignment))).toBe(`InputError: ${line}`)
  })

  it('keeps a prototype named in a value out of reach', () => {
    const after = setPath(scenario, 'data={"__proto__":{"polluted":1}}')
    expect(Object.getPrototypeOf(after.data)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('sets or throws an InputError, whatever it is given, and changes neither its input nor any prototype', () => {
    const segment = fc.constantFrom(
      'fleet',
      '0',
      '[1]',
      'data',
      '__proto__',
      'constructor',
      'toString',
      'x',
      '',
      ' ',
      '[',
      '1e9',
      '999999999',
    )
    const assignment = fc.oneof(
      fc.string(),
      fc.tuple(fc.array(segment, { maxLength: 40 }), fc.string()).map(([segments, value]) => `${segments.join('.')}=${value}`),
    )
    const before = structuredClone(scenario)
    const inherited = Object.getOwnPropertyNames(Object.prototype).length
    fc.assert(
      fc.property(assignment, (text) => {
        try {
          setPath(scenario, text)
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
          expect((error as InputError).where.startsWith('--set ')).toBe(true)
        }
        expect(scenario).toEqual(before)
        expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(inherited)
      }),
      { numRuns: 1000 },
    )
  })
})

it('a number may begin with its point', () => {
  expect(setPath({}, 'federation.clientsPerRound=.25')).toEqual({ federation: { clientsPerRound: 0.25 } })
  expect(setPath({}, 'name=.config')).toEqual({ name: '.config' })
})
