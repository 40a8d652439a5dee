/** The outline of memory over time as SVG paths in a box of 1000 by 1000: stretched to its place, whatever its size. */
import type { MemorySample } from '#shared/events/session-view.ts'

interface CurveBox {
  readonly endSeconds: number
  readonly topBytes: number
}

export const BOX = 1000

/** The upper edge of resident memory; empty without samples. */
export function residentLine(samples: readonly MemorySample[], box: CurveBox): string {
  return samples.map(({ seconds, residentBytes }, i) => `${i === 0 ? 'M' : 'L'}${x(seconds, box)} ${y(residentBytes, box)}`).join('')
}

/** Draws the area from `fromBytes` up to resident memory; it is empty where resident memory lies below. */
export function residentArea(samples: readonly MemorySample[], fromBytes: number, box: CurveBox): string {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last) return ''
  const floor = y(fromBytes, box)
  const upper = samples.map(({ seconds, residentBytes }) => `L${x(seconds, box)} ${Math.min(floor, y(residentBytes, box))}`).join('')
  return `M${x(first.seconds, box)} ${floor}${upper}L${x(last.seconds, box)} ${floor}Z`
}

/** Draws the area from 0 up to `toBytes`, no higher than resident memory. */
export function baseArea(samples: readonly MemorySample[], toBytes: number, box: CurveBox): string {
  const cut = samples.map((sample) => ({ ...sample, residentBytes: Math.min(sample.residentBytes, toBytes) }))
  return residentArea(cut, 0, box)
}

export function x(seconds: number, { endSeconds }: CurveBox): number {
  return rounded(endSeconds > 0 ? (BOX * seconds) / endSeconds : 0)
}

export function y(bytes: number, { topBytes }: CurveBox): number {
  return rounded(BOX * (1 - bytes / topBytes))
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
