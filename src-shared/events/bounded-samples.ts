/** Keeps memory over time in a bounded number of samples: when there are too many, neighbours are merged and later samples are as coarse. */
import type { MemorySample } from './session-view.ts'

/** The most samples of a curve. The number is even because samples are merged in pairs; merging leaves at least half of it. */
const MOST_SAMPLES = 256

/** Returns the curve with one more measurement; `curve` itself is not changed. */
export function measured(curve: readonly MemorySample[], seconds: number, residentBytes: number, peakBytes: number): MemorySample[] {
  const sample: MemorySample = { seconds, residentBytes, peakBytes, measurements: 1 }
  const perSample = curve[0]?.measurements ?? 1
  const last = curve.at(-1)
  if (last && last.measurements < perSample) return [...curve.slice(0, -1), joined(last, sample)]
  if (curve.length < MOST_SAMPLES) return [...curve, sample]
  const halved = Array.from({ length: MOST_SAMPLES / 2 }, (_, i) => joined(curve[2 * i]!, curve[2 * i + 1]!))
  return [...halved, sample]
}

function joined(a: MemorySample, b: MemorySample): MemorySample {
  return {
    seconds: b.seconds,
    residentBytes: Math.max(a.residentBytes, b.residentBytes),
    peakBytes: Math.max(a.peakBytes, b.peakBytes),
    measurements: a.measurements + b.measurements,
  }
}
