/**
 * Exports and imports a session as one file to hand on: its scenario, events, trained parameters and environment, without what resuming needs. Such a
 * file may come from anybody, so it is checked as a whole before the store takes any of it.
 */
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { LONGEST_NOTES, notesSchema, tagsSchema } from '#shared/api/session-words.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { type Catalogue, parseDevices, parseLinks } from '#shared/scenario/catalogue.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { headerLength, parseHeader } from '#main/models/safetensors/header.ts'
import { EventCheck } from './event-check.ts'
import { fromJson, toJson } from './event-json.ts'
import { PART_BYTES, type SharePart, packParts, unpackParts } from './share-format.ts'
import type { StoredSession } from './session-data.ts'
import type { StoreReader } from './store-reader.ts'
import type { Store } from './store.ts'

/** The bytes of text after which another part of events begins. */
/** A session of ten thousand rounds has about half a million. */
const MOST_EVENTS = 5_000_000
const EVENTS_AT_ONCE = 5000
/** The most seconds that an import may take, since the store answers nothing else meanwhile. */
const MOST_SECONDS = 300
const EVENTS_PART = 8 * 2 ** 20

const description = v.looseObject({
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  endedAt: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  state: v.picklist(['unfinished', 'finished', 'interrupted', 'failed']),
  error: v.nullable(v.pipe(v.string(), v.maxLength(LONGEST_NOTES))),
  tags: tagsSchema,
  notes: notesSchema,
  environment: v.record(v.pipe(v.string(), v.maxLength(200)), v.union([v.pipe(v.string(), v.maxLength(1000)), v.number()])),
})

export function exportSession(store: StoreReader, id: string): Uint8Array {
  return packParts(partsOf(store, store.session(id)))
}

function* partsOf(store: StoreReader, session: StoredSession): Iterable<SharePart> {
  const { id, startedAt, endedAt, state, error, tags, notes, environment, scenario, profiles } = session
  const about = { id, startedAt, endedAt, state, error, tags, notes, environment }
  yield { name: 'session', content: Buffer.from(JSON.stringify(about)) }
  yield { name: 'scenario', content: Buffer.from(JSON.stringify(scenario)) }
  if (profiles) yield { name: 'profiles', content: Buffer.from(JSON.stringify(profiles)) }
  let lines: string[] = []
  let length = 0
  for (const event of store.events(id)) {
    const line = toJson(event)
    lines.push(line)
    length += line.length
    if (length < EVENTS_PART) continue
    yield { name: 'events', content: Buffer.from(lines.join('\n')) }
    lines = []
    length = 0
  }
  if (lines.length > 0) yield { name: 'events', content: Buffer.from(lines.join('\n')) }
  const trained = store.checkpoint(id, 'trained')
  if (trained && trained.content.length <= PART_BYTES) {
    const place = Buffer.alloc(8)
    place.writeUInt32LE(trained.round, 0)
    yield { name: 'trained', content: Buffer.concat([place, trained.content]) }
  }
}

export interface Importing {
  /** Called now and then with the share that is done; an error that it throws ends the import. */
  readonly onProgress?: (share: number) => void
  /** Returns the present time, milliseconds. @default the system's clock */
  readonly now?: () => number
}

/** @param where names the file in errors @returns the id it has here: its own, or another one if that is taken */
export function importSession(store: Store, file: Uint8Array, where: string, importing: Importing = {}): string {
  let id = ''
  const take = store.database.transaction(() => {
    id = taken(store, file, where, importing)
  })
  try {
    take.immediate()
  } catch (error) {
    if (error instanceof InputError || (error as { code?: unknown }).code !== undefined) throw error
    throw new InputError(where, `content that can't be kept (${(error as Error).message})`, 'a session that export has written', {
      cause: error,
    })
  }
  return id
}

function taken(store: Store, file: Uint8Array, where: string, { onProgress, now = () => performance.now() }: Importing): string {
  const began = now()
  const parts = unpackParts(file, where)[Symbol.iterator]()
  const refuse = (found: string): InputError => new InputError(where, found, 'a session that export has written (nothing was imported)')
  const next = (name: string): Uint8Array => {
    const part = parts.next().value as SharePart | undefined
    if (part?.name !== name) throw refuse(part ? `a part "${part.name}" in place of "${name}"` : `no part "${name}"`)
    return part.content
  }
  const about = v.safeParse(description, json(next('session'), refuse), { abortEarly: true })
  if (!about.success) throw refuse(`a session whose ${about.issues[0].path?.map(({ key }) => String(key)).join('.')} is wrong`)
  const scenario = parseScenario(json(next('scenario'), refuse), where)
  const { startedAt, endedAt, state, error, tags, notes, environment } = about.output
  const id = store.has(about.output.id) ? randomUUID() : about.output.id
  const { name, seed, method } = scenario
  const check = new EventCheck(id, refuse)
  const writer = { created: false, events: 0 }
  const create = (profiles?: Catalogue): void => {
    if (writer.created) return
    store.createSession({ id, name, method: method.kind, seed, scenario, startedAt, environment, ...(profiles ? { profiles } : {}) })
    writer.created = true
  }
  for (let part = parts.next(); !part.done; part = parts.next()) {
    const { name: kind, content } = part.value
    if (kind === 'profiles' && !writer.created) create(readProfiles(json(content, refuse), where))
    else if (kind === 'events') {
      create()
      for (const lines of batches(decode(content, refuse))) {
        if ((writer.events += lines.length) > MOST_EVENTS) throw refuse(`more than ${MOST_EVENTS} events`)
        if (now() - began > 1000 * MOST_SECONDS) throw refuse(`a file that takes more than ${MOST_SECONDS} s to be read`)
        store.append(
          id,
          lines.map((line) => check.checked(parsed(line, refuse))),
        )
        onProgress?.(part.value.done ?? 0)
      }
    } else if (kind === 'trained' && content.length > 16) {
      create()
      store.write(id, { events: [], checkpoints: [readTrained(content, where)] })
    } else throw refuse(`a part "${kind}" where none is expected`)
  }
  if (!check.begun) throw refuse('no events')
  store.finish(id, {
    state: state === 'unfinished' ? 'interrupted' : state,
    endedAt: endedAt ?? startedAt,
    ...(error === null ? {} : { error }),
  })
  store.describe(id, { tags, notes })
  return id
}

type Refuse = (found: string) => InputError

/** Yields the lines of a text in order, some at a time. */
function* batches(text: string): Iterable<string[]> {
  let lines: string[] = []
  for (let start = 0; start <= text.length;) {
    const feed = text.indexOf('\n', start)
    const end = feed < 0 ? text.length : feed
    lines.push(text.slice(start, end))
    start = end + 1
    if (lines.length < EVENTS_AT_ONCE && start <= text.length) continue
    yield lines
    lines = []
  }
}

function readProfiles(value: unknown, where: string): Catalogue {
  const { devices, links } = (value ?? {}) as Partial<Catalogue>
  return { devices: parseDevices(devices, where), links: parseLinks(links, where) }
}

function readTrained(content: Uint8Array, where: string) {
  const round = Buffer.from(content.buffer, content.byteOffset, 8).readUInt32LE(0)
  const tensors = content.subarray(8)
  const length = headerLength(where, tensors, tensors.length)
  parseHeader(where, tensors.subarray(8, 8 + length), 8 + length, tensors.length - 8 - length)
  return { kind: 'trained' as const, round, position: 0, content: tensors }
}

function decode(content: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw refuse('text that is not UTF-8')
  }
}

function json(content: Uint8Array, refuse: Refuse): unknown {
  return parsed(decode(content, refuse), refuse)
}

function parsed(text: string, refuse: Refuse): unknown {
  try {
    return fromJson(text)
  } catch {
    throw refuse('text that is no JSON')
  }
}
