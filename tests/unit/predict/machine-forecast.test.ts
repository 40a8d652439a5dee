import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSwap, thisMachine } from '#main/machine/this-machine.ts'
import { machineForecast, refuseIfTooLarge } from '#main/predict/machine-forecast.ts'

const GB = 10 ** 9
const idle = { phoneBytes: 90e6, sharedBytes: 44e6 }
const machine = { availableBytes: 23 * GB, mostBytes: 25 * GB, cores: 2 }
/** A fleet with a process for every phone. */
const fleet = (phones: number, phoneBytes = idle.phoneBytes, slots: number | undefined = phones, asked = phones) =>
  machineForecast(
    { slots, asked, phoneBytes: Array.from({ length: phones }, () => phoneBytes), cloudBytes: 200e6, sharedBytes: idle.sharedBytes },
    machine,
  )

describe('the machine', () => {
  test('has memory and cores', () => {
    const { availableBytes, mostBytes, cores } = thisMachine()
    expect(availableBytes).toBeGreaterThan(0)
    expect(mostBytes).toBeGreaterThanOrEqual(availableBytes)
    expect(cores).toBeGreaterThanOrEqual(1)
    expect(parseSwap('MemTotal:       24684044 kB\nSwapTotal:       2097148 kB\nSwapFree: 0 kB\n')).toBe(2097148 * 1024)
    expect(parseSwap('nothing')).toBe(0)
  })
})

describe('a fleet before its start', () => {
  test('of eight phones fits, and nothing is to be changed', () => {
    expect(fleet(8)).toMatchObject({
      verdict: 'fits',
      advice: null,
      words: expect.stringMatching(/^8 phones will take about 7\d\d MiB of the 21\.4 GiB/) as string,
    })
    expect(() => refuseIfTooLarge(fleet(8))).not.toThrow()
  })

  test('of a thousand phones is refused on a machine of 25 GB, in one line that says how many fit', () => {
    const forecast = fleet(1000)
    expect(forecast.verdict).toBe('fails')
    expect(forecast.neededBytes / GB).toBeCloseTo(46.4, 0)
    expect(() => refuseIfTooLarge(forecast)).toThrow(
      /^fleet: processes of about 43\.\d GiB; expected a fleet that fits the 23\.3 GiB of this machine: there is room for 53\d such phones; 1000 phones a round take turns on 2 cores/,
    )
  })

  test('that needs more than is free, and less than there is, is warned of and may start', () => {
    const forecast = fleet(470)
    expect(forecast).toMatchObject({
      verdict: 'tight',
      advice: expect.stringMatching(/^there is room for 4\d\d such phones; 470 phones a round take turns/) as string,
    })
    expect(() => refuseIfTooLarge(forecast)).not.toThrow()
    expect(fleet(33).advice).toBe('33 phones a round take turns on 2 cores, so a round takes long')
  })

  test('of ten thousand phones takes turns in as many processes as cores bear, or as it asks for, or as there is room for', () => {
    const found = (phones: number, bytes?: number, slots?: number) =>
      machineForecast(
        {
          slots,
          asked: 50,
          phoneBytes: Array.from({ length: phones }, () => bytes ?? idle.phoneBytes),
          cloudBytes: 200e6,
          sharedBytes: idle.sharedBytes,
        },
        machine,
      )
    expect([found(32), found(33), found(10_000), found(10_000, undefined, 7)].map(({ processes }) => processes)).toEqual([32, 4, 4, 7])
    expect(found(10_000)).toMatchObject({
      verdict: 'fits',
      words: expect.stringMatching(/^10000 phones in 4 processes will take/) as string,
    })
    expect(found(10_000).advice).toBe('50 phones a round take turns on 2 cores, so a round takes long')
    expect(found(10_000, 9e9).processes).toBe(2)
  })

  test('fits with as many phones as the advice says, and not with two more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 60, max: 900 }), (phones, megabytes) => {
        const { verdict, advice } = fleet(phones, megabytes * 1e6)
        const room = /room for (\d+)/.exec(advice ?? '')?.[1]
        if (room === undefined) return verdict === 'fits'
        const limit = verdict === 'fails' ? machine.mostBytes : 0.9 * machine.availableBytes
        const needs = (count: number): number => fleet(count, megabytes * 1e6).neededBytes
        return needs(Number(room)) <= limit && needs(Number(room) + 2) > limit
      }),
    )
  })
})
