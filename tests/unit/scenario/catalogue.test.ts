import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProfile, parseDevices, parseLinks } from '#shared/scenario/catalogue.ts'
import { messageFrom } from './examples.ts'

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '../../../resources', name), 'utf8'))
const devices = parseDevices(read('devices.json'), 'devices.json')
const links = parseLinks(read('links.json'), 'links.json')

describe('the shipped devices', () => {
  // RAM in GiB as sold, budget in GB, and the bounds or the point given for the compute, as published.
  it.each([
    ['android-go', 2, 0.5, 6, 6],
    ['entry', 4, 1.2, 9, 16],
    ['mid-778g', 6, 2.5, 56, 56],
    ['pi-5', 8, 3, 60, 73],
    ['pixel-4', 6, 2.5, 66, 92],
    ['galaxy-s22', 8, 3.5, 1, 148],
    ['galaxy-s24', 8, 4, 1, 148],
    ['oneplus-12', 16, 8, 148, 148],
    ['iphone-12-mini', 4, 2.1, 60, 60],
    ['iphone-13-pro', 6, 3.12, 90, 90],
    ['iphone-15-pro', 8, 3, 120, 120],
    ['iphone-16-pro', 8, 3, 120, 200],
  ])('%s has the memory and the compute of its source', (id, ram, budget, least, most) => {
    const device = findProfile(devices, id)
    expect(device).toMatchObject({ kind: 'phone', ramBytes: ram * 2 ** 30, memoryCapBytes: budget * 1e9 })
    expect(device?.gflops).toBeGreaterThanOrEqual(least)
    expect(device?.gflops).toBeLessThanOrEqual(most)
  })

  it('draw no more power at full speed than the whole measured board and the Pi 5 do', () => {
    for (const { kind, id, gflops, energyJoulesPerGflop } of devices) {
      if (kind === 'phone') {
        expect(gflops * energyJoulesPerGflop, id).toBeLessThan(12)
      }
    }
  })

  it('have one cloud, without a cap', () => {
    const clouds = devices.filter(({ kind }) => kind === 'cloud')
    expect(clouds.map(({ id }) => id)).toEqual(['workstation'])
    expect(clouds[0]).toMatchObject({ gflops: 200 })
    expect(clouds[0]).not.toHaveProperty('memoryCapBytes')
  })

  it('name as estimates only fields they have', () => {
    for (const device of devices) for (const field of device.estimated) expect(device, device.id).toHaveProperty(field)
  })
})

describe('the shipped links', () => {
  // Mbit/s down and up, round trip in ms, loss in percent, as published.
  it.each([
    ['edge', 0.24, 0.2, 840, 0],
    ['3g', 0.4, 0.4, 2000, 0],
    ['slow-4g', 1.6, 0.75, 150, 0],
    ['fast-4g', 9, 1.5, 60, 0],
    ['lte', 12, 12, 70, 0],
    ['lossy-3.5g', 20, 10, 150, 0.5],
    ['good-4g', 100, 50, 45, 0.2],
    ['mobile-median', 61.5, 11.2, 40, 0],
    ['5g-median', 166, 21, 40, 0],
    ['5g-us', 266, 14.6, 47, 0],
    ['home-wifi', 94, 46, 10, 0],
  ])('%s has the numbers of its source', (id, down, up, roundTrip, loss) => {
    const link = findProfile(links, id)!
    expect(link.downBitsPerSecond / 1e6).toBeCloseTo(down, 9)
    expect(link.upBitsPerSecond / 1e6).toBeCloseTo(up, 9)
    expect(link.roundTripSeconds * 1e3).toBeCloseTo(roundTrip, 9)
    expect(link.lossRate * 100).toBeCloseTo(loss, 9)
    expect(link.sigma).toBe(0)
  })
})

describe('a wrong catalogue', () => {
  const lte = findProfile(links, 'lte')!
  it.each([
    [[{ ...lte, lossRate: 2 }], 'links.json: [0].lossRate: 2; expected a number of at least 0 and below 1'],
    [[lte, lte], 'links.json: a list of 2; expected each id once'],
    [
      [{ ...lte, sorce: 'x' }],
      'links.json: [0].sorce: unknown key; expected id, name, downBitsPerSecond, upBitsPerSecond, roundTripSeconds, lossRate, jitterSeconds, sigma, outages, source, estimated; did you mean "source"?',
    ],
    [{}, 'links.json: an empty object; expected a list of profiles'],
  ])('is refused: %#', (input, line) => {
    expect(messageFrom(() => parseLinks(input, 'links.json'))).toBe(`InputError: ${line}`)
  })
})
