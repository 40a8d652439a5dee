/** The marks that the scrub bar draws: ticks where rounds begin, thinned until they can be told apart, and one marker where several fall together. */
import type { SessionMark } from '#shared/api/lab-api.ts'
import type { VirtualTime } from '../stores/virtual-time.ts'

export type MarkerKind = Exclude<SessionMark['kind'], 'round'>

export interface Marker {
  readonly kind: MarkerKind
  /** The place along the bar, from 0 to 1. */
  readonly at: number
  readonly seq: number
  readonly words: string
}

const MOST_TICKS = 200
/** Markers of one kind nearer than this share of the bar become one. */
const TOGETHER = 0.008

/** @param total rounds the whole bar stands for */
export function markersOf(marks: readonly SessionMark[], clock: VirtualTime, total: number): Marker[] {
  const markers: { kind: MarkerKind; at: number; seq: number; lines: string[] }[] = []
  const latest = new Map<MarkerKind, (typeof markers)[number]>()
  for (const { kind, seq, words } of marks) {
    if (kind === 'round') continue
    const at = Math.min(1, clock.at(seq + 1).rounds / Math.max(1, total))
    const last = latest.get(kind)
    if (last && at - last.at < TOGETHER) last.lines.push(words)
    else {
      const marker = { kind, at, seq, lines: [words] }
      latest.set(kind, marker)
      markers.push(marker)
    }
  }
  return markers.map(({ lines, ...marker }) => ({ ...marker, words: shortened(lines) }))
}

/** Returns the places of the ticks, from 0 to 1. */
export function ticksOf(total: number): number[] {
  const step = Math.max(1, Math.ceil(total / MOST_TICKS))
  return Array.from({ length: Math.max(0, Math.ceil(total / step) - 1) }, (_, i) => ((i + 1) * step) / total)
}

function shortened(lines: readonly string[]): string {
  return lines.length <= 4 ? lines.join('\n') : `${lines.slice(0, 3).join('\n')}\n+ ${lines.length - 3}`
}
