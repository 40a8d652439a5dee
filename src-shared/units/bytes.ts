/** Sizes in bytes: decimal units (kB, MB, GB, TB) count in thousands, binary ones (KiB, MiB, GiB, TiB) in 1024s, as IEC 80000-13 has it. */
import { InputError } from '../errors/input-error.ts'
import { significant } from './quantities.ts'

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

const FACTORS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['kB', 1e3],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
  ['TiB', 2 ** 40],
])

/** Parses `512 MiB`, `1.2 GB` or a number of bytes into whole bytes. @throws InputError at `where` */
export function parseBytes(size: string | number, where = 'size'): number {
  const bytes = readBytes(size)
  if (bytes === undefined)
    throw new InputError(where, JSON.stringify(size) ?? String(size), 'a size such as "512 MiB" or "1.2 GB", or a number of bytes')
  return bytes
}

/** Works like `parseBytes`, but returns undefined for what is not a size. `Mb` is refused because it means megabit. */
export function readBytes(size: string | number): number | undefined {
  if (typeof size === 'number') return Number.isSafeInteger(size) && size >= 0 ? size : undefined
  const match = /^(\d{1,20}(?:\.\d{1,20})?)\s{0,4}([A-Za-z]{0,3})$/.exec(size.trim())
  const factor = FACTORS.get(match?.[2] ?? 'none') ?? FACTORS.get(upperCased(match?.[2]))
  if (match === null || factor === undefined) return undefined
  const bytes = Math.round(Number(match[1]) * factor)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** Formats bytes with three significant digits in binary units: `512 MiB`, `1.20 GiB`, `0 B`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return significant(bytes)
  let value = Math.abs(bytes)
  let unit = 0
  while (value >= 999.5 && unit < BINARY_UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const digits = unit === 0 ? String(Math.round(value)) : significant(value)
  return `${bytes < 0 ? '-' : ''}${digits} ${BINARY_UNITS[unit]}`
}

/** `mib` -> `MiB`, `mb` -> `MB`: units typed all in small letters. */
function upperCased(unit: string | undefined): string {
  return unit !== undefined && unit === unit.toLowerCase() ? unit.toUpperCase().replace('I', 'i') : 'none'
}
