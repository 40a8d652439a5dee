/** The memory of each process over time against its cap, and the memory that backpropagation would need, from the view of a session. */
import type { MemorySample, SessionView } from '#shared/events/session-view.ts'
import { markerWords } from '../../text/marker-words.ts'

export interface ProcessCurve {
  /** The index of the phone; null for the cloud. */
  readonly phone: number | null
  readonly name: string
  readonly residentBytes: number
  readonly peakBytes: number
  /** The resident bytes before the model was loaded; 0 if unknown. */
  readonly idleBytes: number
  readonly capBytes: number | null
  readonly enforced: boolean
  readonly capHits: number
  readonly samples: readonly MemorySample[]
  /** The moments at which the process met its cap, with the words for them. */
  readonly hits: readonly { readonly seconds: number; readonly words: string }[]
  /** The computed bytes of backpropagation; null if unknown. */
  readonly backpropBytes: number | null
}

type View = Pick<SessionView, 'phones' | 'cloud' | 'markers'>

/** @param backprop by phone id; empty where it isn't known @param cloudName shown for the cloud */
export function processMemories(view: View, backprop: ReadonlyMap<string, number>, cloudName: string): ProcessCurve[] {
  const names = view.phones.map(({ id }) => id)
  const hits = view.markers.flatMap((marker) => (marker.kind === 'cap-hit' ? [marker] : []))
  const phones = view.phones.map((phone, index): ProcessCurve => {
    const own = hits.filter((marker) => marker.phone === index)
    return {
      phone: index,
      name: phone.id,
      residentBytes: phone.residentBytes,
      peakBytes: phone.peakBytes,
      idleBytes: phone.idleBytes,
      capBytes: phone.cap.bytes,
      enforced: phone.cap.enforced,
      capHits: phone.capHits,
      samples: phone.memory,
      hits: own.map((marker) => ({ seconds: marker.virtualSeconds, words: markerWords(marker, names) })),
      backpropBytes: backprop.get(phone.id) ?? null,
    }
  })
  const { cloud } = view
  if (!cloud) return phones
  const none = { phone: null, idleBytes: 0, capBytes: null, enforced: false, capHits: 0, hits: [], backpropBytes: null }
  return [{ ...none, name: cloudName, residentBytes: cloud.residentBytes, peakBytes: cloud.peakBytes, samples: cloud.memory }, ...phones]
}

/** Returns the peak as a share of the cap; 0 without a cap. */
export function fullness({ peakBytes, capBytes }: ProcessCurve): number {
  return capBytes === null || capBytes <= 0 ? 0 : peakBytes / capBytes
}

/** Orders processes; the cloud stays on top. */
export function inOrder(processes: readonly ProcessCurve[], order: 'fullest' | 'fleet'): readonly ProcessCurve[] {
  if (order === 'fleet') return processes
  return processes.toSorted((a, b) => Number(b.phone === null) - Number(a.phone === null) || fullness(b) - fullness(a))
}

/** The ratio of cap to peak from which the cap is only written, because to scale it would flatten everything else. */
const FAR = 3

/** Returns the bytes at the upper edge of the curve: a little above a cap that is near, else above the peak, with room for the words of the cap. */
export function curveTop({ peakBytes, capBytes }: ProcessCurve): number {
  const near = capBytes !== null && capBytes <= FAR * peakBytes
  return Math.max(near ? 1.4 * capBytes : 0, (near || capBytes === null ? 1.25 : 1.6) * peakBytes, 1)
}

/** Returns the bytes at the right edge of the bars, which holds peaks, backpropagation, and caps that are not far above both. */
export function barsEnd(processes: readonly ProcessCurve[]): number {
  const most = processes.reduce((largest, { peakBytes, backpropBytes }) => Math.max(largest, peakBytes, backpropBytes ?? 0), 1)
  const caps = processes.flatMap(({ capBytes }) => (capBytes !== null && capBytes <= 1.5 * most ? [capBytes] : []))
  return 1.04 * Math.max(most, ...caps)
}
