/**
 * Formats quantities for tables and axes with at most three significant digits, and always three where the number is not whole, so that a column keeps
 * its width. NaN is shown as a dash.
 */

/** Formats a number below 999.5 in size with three significant digits, at most two of them decimals: `0.12`, `1.20`, `12.0`, `120`. */
export function significant(value: number): string {
  if (Number.isNaN(value)) return '-'
  if (!Number.isFinite(value)) return value < 0 ? '-∞' : '∞'
  const size = Math.abs(value)
  if (size === 0) return '0'
  const digits = size.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
  return value < 0 && Number(digits) !== 0 ? `-${digits}` : digits
}

/** Formats a duration: `850 µs`, `12.0 ms`, `3.20 s`, `4.50 min`, `2.00 h`, `3.10 d`. */
export function formatSeconds(seconds: number): string {
  const size = Math.abs(seconds)
  if (size === 0) return '0 s'
  if (size < 0.9995e-3) return `${significant(seconds * 1e6)} µs`
  if (size < 0.9995) return `${significant(seconds * 1e3)} ms`
  if (size < 119.95) return `${significant(seconds)} s`
  if (size < 119.95 * 60) return `${significant(seconds / 60)} min`
  if (size < 47.995 * 3600) return `${significant(seconds / 3600)} h`
  return scaled(seconds / 86400, ' ', 'd')
}

/** Formats a count: whole numbers below 1000 as they are, larger ones with a prefix: `7`, `1.23 k`, `45.6 M`, `7.80 G`. */
export function formatCount(count: number): string {
  return Number.isInteger(count) && Math.abs(count) < 1000 ? String(count === 0 ? 0 : count) : scaled(count, ' ', '')
}

/** Formats a share as a percentage: `0.864` -> `86.4 %`. */
export function formatPercent(share: number): string {
  return `${scaled(share * 100, '', '')} %`
}

/** Formats a bandwidth: `240 kbit/s`, `12.0 Mbit/s`. */
export function formatBitsPerSecond(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, ' ', 'bit/s')
}

/** Formats a value with an SI prefix on its unit. */
function scaled(value: number, space: string, unit: string): string {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E']
  let scaledValue = value
  let index = 0
  while (Math.abs(scaledValue) >= 999.5 && Number.isFinite(scaledValue) && index < prefixes.length - 1) {
    scaledValue /= 1000
    index++
  }
  const suffix = `${prefixes[index]}${unit}`
  return suffix === '' ? significant(scaledValue) : `${significant(scaledValue)}${space}${suffix}`
}
