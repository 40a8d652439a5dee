import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { formatBytes, parseBytes, readBytes } from '#shared/units/bytes.ts'

describe('parseBytes', () => {
  it.each<[string | number, number]>([
    ['512 MiB', 536_870_912],
    ['1.2 GB', 1_200_000_000],
    ['1.5GiB', 1_610_612_736],
    [' 64 kB ', 64_000],
    ['64 KB', 64_000],
    ['64 kib', 65_536],
    ['2 tb', 2_000_000_000_000],
    ['0.5 B', 1],
    ['100', 100],
    ['7 B', 7],
    [1024, 1024],
    [0, 0],
  ])('reads %j as %i bytes', (size, bytes) => {
    expect(parseBytes(size)).toBe(bytes)
  })

  it.each<string | number>([
    '',
    'MiB',
    '1.2.3 GB',
    '-1 MB',
    '1 Mb',
    '1 M',
    '1 mB',
    '1e3',
    '1,5 GB',
    '5 MB/s',
    '9999999 TB',
    '١ MB',
    -1,
    1.5,
    NaN,
    Infinity,
    2 ** 53,
  ])('refuses %j', (size) => {
    expect(readBytes(size)).toBeUndefined()
    expect(() => parseBytes(size, 'cap')).toThrow(InputError)
  })

  it('says what is wrong in one line', () => {
    expect(() => parseBytes('5 MB/s', 'cap')).toThrow('cap: "5 MB/s"; expected a size such as "512 MiB" or "1.2 GB", or a number of bytes')
  })

  it('does not hang on long text', () => {
    expect(readBytes(' '.repeat(1e6) + '1'.repeat(1e6))).toBeUndefined()
    expect(readBytes(`1${' '.repeat(1e6)}x`)).toBeUndefined()
  })
})

describe('formatBytes', () => {
  it.each<[number, string]>([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1024, '1.00 KiB'],
    [536_870_912, '512 MiB'],
    [1_200_000_000, '1.12 GiB'],
    [2 ** 30 - 1, '1.00 GiB'],
    [2 ** 40, '1.00 TiB'],
    [-2048, '-2.00 KiB'],
    [NaN, '-'],
    [Infinity, '∞'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  it('comes back through parseBytes within its three digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 49 }), (bytes) => {
        const back = parseBytes(formatBytes(bytes))
        expect(Math.abs(back - bytes)).toBeLessThanOrEqual(bytes * 0.0051)
        if (bytes < 1000) expect(back).toBe(bytes)
      }),
    )
  })

  it('comes back exactly for whole units', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 0, max: 4 }), (count, power) => {
        const bytes = count * 1024 ** power
        expect(parseBytes(formatBytes(bytes))).toBe(bytes)
      }),
    )
  })
})
