import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { expandFleet } from '#main/reading/expand-fleet.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'

const catalogue = loadCatalogue(join(import.meta.dirname, '../../../resources'))
const expanded = (...fleet: object[]) =>
  expandFleet(parseScenario({ model: { checkpoint: 'm' }, data: { train: { path: 't' } }, fleet }, 'test'), catalogue)

describe('a fleet counted out', () => {
  test('numbers the phones of a profile through all its groups', () => {
    const phones = expanded({ profile: 'pixel-4', count: 2 }, { profile: 'android-go' }, { profile: 'pixel-4', link: 'slow-4g' })
    expect(phones.map(({ id }) => id)).toEqual(['pixel-4-1', 'pixel-4-2', 'android-go-1', 'pixel-4-3'])
    expect(phones.map(({ link }) => link.id)).toEqual(['lte', 'lte', 'lte', 'slow-4g'])
  })

  test('takes the id of a group for its one phone, and numbers several', () => {
    expect(expanded({ profile: 'pixel-4', id: 'anna' }, { profile: 'pixel-4', id: 'ben', count: 2 }).map(({ id }) => id)).toEqual([
      'anna',
      'ben-1',
      'ben-2',
    ])
  })

  test('refuses two phones of one id', () => {
    const twice = () => expanded({ profile: 'pixel-4', id: 'ben-2' }, { profile: 'android-go', id: 'ben', count: 2 })
    expect(twice).toThrow(InputError)
    expect(twice).toThrow(/fleet: two phones are called ben-2/)
    expect(() => expanded({ profile: 'pixel-4' }, { profile: 'entry', id: 'pixel-4-1' })).toThrow(/pixel-4-1/)
  })

  test('uses the cap of the group, else that of the profile', () => {
    const [own, shipped] = expanded({ profile: 'android-go', memoryCap: '512 MiB' }, { profile: 'android-go' })
    expect(own!.capBytes).toBe(512 * 2 ** 20)
    expect(shipped!.capBytes).toBe(catalogue.devices.find(({ id }) => id === 'android-go')!.memoryCapBytes)
    expect(own!.where).toBe('fleet[0].memoryCap')
  })

  test('says which phone of which group a cap belongs to', () => {
    expect(expanded({ profile: 'entry' }, { profile: 'entry', count: 2 }).map(({ where }) => where)).toEqual([
      'fleet[0].memoryCap',
      'fleet[1].memoryCap (phone 1 of 2)',
      'fleet[1].memoryCap (phone 2 of 2)',
    ])
  })

  test('refuses a profile without a cap where the group has none', () => {
    const devices = catalogue.devices.map(({ memoryCapBytes: _, ...rest }) => rest) as typeof catalogue.devices
    const scenario = parseScenario({ model: { checkpoint: 'm' }, data: { train: { path: 't' } }, fleet: [{ profile: 'entry' }] }, 'test')
    expect(() => expandFleet(scenario, { ...catalogue, devices })).toThrow(/fleet\[0\]\.memoryCap.*entry/)
  })

  test('puts overrides in place of the numbers of the profiles, and leaves the catalogue alone', () => {
    const before = structuredClone(catalogue)
    const overrides = { gflops: 3, downMbps: 5, upMbps: 2, rttMs: 40 }
    const [changed, plain] = expanded({ profile: 'pixel-4', overrides }, { profile: 'pixel-4' })
    expect(changed!.profile).toEqual({ ...plain!.profile, gflops: 3 })
    expect(changed!.link).toEqual({ ...plain!.link, downBitsPerSecond: 5e6, upBitsPerSecond: 2e6, roundTripSeconds: 0.04 })
    expect(catalogue).toEqual(before)
    const [partly] = expanded({ profile: 'pixel-4', overrides: { rttMs: 0 } })
    expect(partly!.link).toEqual({ ...plain!.link, roundTripSeconds: 0 })
  })

  test('takes what changes over time from the overrides too', () => {
    const overrides = { jitterMs: 5, lossRate: 0.02, sigma: 0.6, outages: { upSeconds: 60, downSeconds: 5 } }
    const [changed] = expanded({ profile: 'pixel-4', overrides })
    expect(changed!.link).toMatchObject({ jitterSeconds: 0.005, lossRate: 0.02, sigma: 0.6, outages: { upSeconds: 60, downSeconds: 5 } })
  })

  test('lets phones share a cell only if their links are one', () => {
    const shared = expanded({ profile: 'pixel-4', count: 2, cell: 'tower' }, { profile: 'entry', cell: 'tower' }, { profile: 'entry' })
    expect(shared.map(({ cell }) => cell)).toEqual(['tower', 'tower', 'tower', undefined])
    const apart = () => expanded({ profile: 'pixel-4', cell: 'tower' }, { profile: 'pixel-4', cell: 'tower', link: 'edge' })
    expect(apart).toThrow('fleet: cell tower with the links')
  })

  describe('with a recording', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cooperlab-trace-'))
    afterAll(() => rmSync(directory, { recursive: true }))
    const recorded = (text: string) => {
      const path = join(directory, 'trace.csv')
      writeFileSync(path, text)
      return expanded({ profile: 'pixel-4', trace: path })[0]!.link.trace
    }

    test('reads its columns by name', () => {
      expect(recorded('upMbps, seconds ,downMbps\n1,0,8\n0.5,2.5,4\n0,5,0\n')).toEqual({
        startSeconds: [0, 2.5, 5],
        downBitsPerSecond: [8e6, 4e6, 0],
        upBitsPerSecond: [1e6, 0.5e6, 0],
      })
    })

    test.each([
      ['', 'trace.csv: an empty file'],
      ['seconds,down\n0,1\n', 'trace.csv:1: seconds, down; expected csv with the columns seconds, downMbps, upMbps'],
      ['seconds,downMbps,upMbps\n0,1,1\n5,fast,1\n', 'trace.csv:3: downMbps "fast"; expected a number of at least 0'],
      ['seconds,downMbps,upMbps\n0,1\n', 'trace.csv:2: upMbps ""'],
    ])('refuses %j', (text, words) => {
      expect(() => recorded(text)).toThrow(InputError)
      expect(() => recorded(text)).toThrow(words)
    })
  })
})
