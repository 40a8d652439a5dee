/**
 * Writes events as JSON texts that read back as the same values. JSON has no NaN, infinities or -0, which losses of a run that diverges may be, so
 * these become `{"$number":"NaN"}` and so on. Keys that are undefined are left out. The large parts of events, the tasks of a schedule and the reasons
 * for bits, are compressed separately.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { LabEvent } from '#shared/events/event.ts'
import { DamagedContent } from './damage.ts'

const KEY = '$number'
const BULKY: Partial<Record<LabEvent['kind'], readonly string[]>> = {
  'round-scheduled': ['tasks'],
  'bits-chosen': ['reasons', 'links'],
}
/** The number of characters below which a part is not worth compressing. */
const LARGE = 1024
/** The most bytes that the large part of one event may have. */
const MOST_BULK = 64 * 2 ** 20

export interface WrittenEvent {
  readonly text: string
  readonly bulk: Uint8Array | null
}

export function writeEvent(event: LabEvent): WrittenEvent {
  const keys = BULKY[event.kind]
  if (!keys) return { text: toJson(event), bulk: null }
  const bulky: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(event)) (keys.includes(key) ? bulky : rest)[key] = value
  const text = toJson(bulky)
  if (text.length < LARGE) return { text: toJson(event), bulk: null }
  return { text: toJson(rest), bulk: deflateRawSync(text, { level: 1 }) }
}

/** Reads an event that `writeEvent` wrote. @throws DamagedContent for anything else */
export function readEvent({ text, bulk }: WrittenEvent): LabEvent {
  const event = asEvent(text)
  return bulk === null ? event : { ...event, ...readBulk(bulk) }
}

/** Reads an event in the form that folding needs: a schedule without its tasks. */
export function readEventToFold({ text, bulk }: WrittenEvent): LabEvent {
  const event = asEvent(text)
  if (bulk === null) return event
  return event.kind === 'round-scheduled' ? { ...event, tasks: [] } : { ...event, ...readBulk(bulk) }
}

function asEvent(text: string): LabEvent {
  const event = fromJson(text)
  if (typeof event !== 'object' || event === null || !('kind' in event)) throw new DamagedContent('an event that is none')
  return event as LabEvent
}

function readBulk(bulk: Uint8Array): object {
  try {
    const parts = fromJson(inflateRawSync(bulk, { maxOutputLength: MOST_BULK }).toString())
    if (typeof parts === 'object' && parts !== null) return parts
  } catch (error) {
    throw new DamagedContent(`the large part of an event can't be read: ${(error as Error).message}`, { cause: error })
  }
  throw new DamagedContent('the large part of an event is none')
}

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'number' && (!Number.isFinite(item) || Object.is(item, -0))
      ? { [KEY]: Object.is(item, -0) ? '-0' : String(item) }
      : item,
  )
}

export function fromJson(text: string): unknown {
  if (!text.includes(`"${KEY}"`)) return JSON.parse(text) as unknown
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && KEY in value ? Number(value[KEY]) : value,
  ) as unknown
}
