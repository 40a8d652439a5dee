/**
 * Events as JSON texts that read back as the same values: JSON has no NaN, infinities or -0, which losses of a run that diverges may
 * be, so these become `{"$number":"NaN"}` and so on. Keys that are undefined are left out.
 */
import type { LabEvent } from '#shared/events/event.ts'

const KEY = '$number'

export function writeEvent(event: LabEvent): string {
  return JSON.stringify(event, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? { [KEY]: Object.is(value, -0) ? '-0' : String(value) }
      : value,
  )
}

export function readEvent(text: string): LabEvent {
  if (!text.includes(`"${KEY}"`)) return JSON.parse(text) as LabEvent
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && KEY in value ? Number(value[KEY]) : value,
  ) as LabEvent
}
