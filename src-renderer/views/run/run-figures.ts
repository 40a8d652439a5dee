/** The numbers of a run at the moment shown. */
import { type Measurement, type PhoneView, type SessionView, total } from '#shared/events/projection.ts'

interface RunFigures {
  readonly latest: Measurement | null
  readonly best: number | null
  /** The phone that stands nearest to its cap, by its peak. */
  readonly fullest: PhoneView | null
  readonly forwardPasses: number
  readonly bytesDown: number
  readonly bytesUp: number
}

export function runFigures({ history, phones }: SessionView): RunFigures {
  const share = ({ peakBytes, cap }: PhoneView): number => peakBytes / cap.bytes
  const fullest = phones.reduce<PhoneView | null>((most, phone) => (most === null || share(phone) > share(most) ? phone : most), null)
  return {
    latest: history.at(-1) ?? null,
    best: history.length === 0 ? null : Math.max(...history.map(({ accuracy }) => accuracy)),
    fullest: fullest !== null && fullest.peakBytes > 0 ? fullest : null,
    forwardPasses: total(phones, 'forwardPasses'),
    bytesDown: total(phones, 'bytesDown'),
    bytesUp: total(phones, 'bytesUp'),
  }
}
