/** The marks on the scrub bar: ticks where rounds begin, thinned until they can be told apart, and one marker where several fall together. */
import type { TimelineMarker } from '#shared/events/timeline-markers.ts'
import type { VirtualTime } from '../stores/virtual-time.ts'
import { markerWords } from '../text/marker-words.ts'

export type MarkerKind = Exclude<TimelineMarker['kind'], 'round'>

interface BarMarker {
  readonly kind: MarkerKind
  /** The place along the bar, from 0 to 1. */
  readonly at: number
  readonly seq: number
  readonly words: string
}

const MOST_TICKS = 200
/** Markers of one kind nearer than this share of the bar become one. */
const TOGETHER = 0.008

/** @param names of the phones, by index @param total rounds the whole bar stands for */
export function barMarkers(markers: readonly TimelineMarker[], names: readonly string[], clock: VirtualTime, total: number): BarMarker[] {
  const drawn: { kind: MarkerKind; at: number; seq: number; lines: string[] }[] = []
  const latest = new Map<MarkerKind, (typeof drawn)[number]>()
  for (const marker of markers) {
    const { kind, seq } = marker
    if (kind === 'round') continue
    const words = markerWords(marker, names)
    const at = Math.min(1, clock.at(seq + 1).rounds / Math.max(1, total))
    const last = latest.get(kind)
    if (last && at - last.at < TOGETHER) last.lines.push(words)
    else {
      const first = { kind, at, seq, lines: [words] }
      latest.set(kind, first)
      drawn.push(first)
    }
  }
  return drawn.map(({ lines, ...marker }) => ({ ...marker, words: shortened(lines) }))
}

/** Returns the places of the ticks, from 0 to 1. */
export function ticksOf(total: number): number[] {
  const step = Math.max(1, Math.ceil(total / MOST_TICKS))
  return Array.from({ length: Math.max(0, Math.ceil(total / step) - 1) }, (_, i) => ((i + 1) * step) / total)
}

function shortened(lines: readonly string[]): string {
  return lines.length <= 4 ? lines.join('\n') : `${lines.slice(0, 3).join('\n')}\n+ ${lines.length - 3}`
}
