/** Sessions of others: a shared file, and a whole store. Whatever is taken in is shown in every way that there is. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { metricsFile } from '#main/lab/export/metrics-file.ts'
import { perfettoTrace } from '../../../src-main/lab/export/perfetto-trace.ts'
import { Progress } from '../../../src-main/shells/cli/progress.ts'
import { report } from '../../../src-main/shells/cli/report.ts'
import { inWords } from '../../../src-main/store/damage.ts'
import { openStore } from '../../../src-main/store/open-store.ts'
import { packParts, unpackParts } from '../../../src-main/store/share-format.ts'
import { storeService } from '../../../src-main/store/store-service.ts'
import type { Store } from '../../../src-main/store/store.ts'
import { explained } from '../../../src-main/store/wrong-content.ts'
import { InputError } from '../../../src-shared/errors/input-error.ts'
import { Projection } from '../../../src-shared/events/projection.ts'
import { summarise } from '../../../src-shared/events/summary.ts'
import { sampleSession, scenario } from '../../unit/store/sample-session.ts'
import { mutatedBytes, mutatedJson, mutatedText, mutatedValue, pick } from '../mutate.ts'
import type { FuzzedReader } from '../reader.ts'

const about = { name: 'sample', method: 'cooper', seed: 7, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: { cores: 2 } }

function filled(store: Store, id = 'a'): void {
  store.write(id, { created: { id, ...about }, events: sampleSession(id, 4), end: { state: 'finished', endedAt: about.startedAt } })
  store.describe(id, { tags: ['one'], notes: 'a note' })
}

function show(store: Store, id: string): void {
  const service = storeService(store)
  service.sessions('')
  service.session(id)
  const { view, length } = service.viewAt(id)
  service.viewAt(id, length >> 1)
  service.compare([id, id])
  service.eventOfRound(id, 'round-scheduled', 2)
  const progress = new Progress({ write: () => {}, isTTY: false, columns: 80 } as never)
  const shown = new Projection()
  for (const event of store.events(id)) progress.show(event, shown.add(event).view)
  // A session that broke off has no summary, and nobody asks for one.
  if (view.finished) JSON.stringify(report(summarise(view)))
  perfettoTrace(store.events(id))
  metricsFile('x.csv', view)
  metricsFile('x.json', view)
  service.exportSession(id)
}

let store: Store | null = null
function opened(directory: string): Store {
  return (store ??= openStore(join(directory, 'lab.db')))
}

export const cooperlab: FuzzedReader = {
  seeds() {
    const path = join(import.meta.dirname, `seeds-${process.pid}.db`)
    const own = openStore(path)
    filled(own)
    own.write('a', { events: [], checkpoints: [{ kind: 'trained', round: 4, position: 0, content: trained() }] })
    const file = storeService(own).exportSession('a')
    own.close()
    for (const part of ['', '-wal', '-shm']) rmSync(path + part, { force: true })
    return [file]
  },
  mutate(input, stream) {
    if (stream.below(6) === 0) return mutatedBytes(input, stream)
    let parts
    try {
      parts = [...unpackParts(input, 'good')]
    } catch {
      return mutatedBytes(input, stream)
    }
    if (parts.length === 0) return mutatedBytes(input, stream)
    const victim = stream.below(parts.length)
    const changed = parts.map((part, i) => {
      if (i !== victim) return part
      if (part.name === 'trained') return { ...part, content: mutatedBytes(part.content, stream) }
      if (part.name !== 'events') return { ...part, content: mutatedJson(part.content, stream) }
      // One event among others.
      const lines = Buffer.from(part.content).toString().split('\n')
      const line = stream.below(lines.length)
      if (stream.below(6) === 0) return { ...part, content: Buffer.from(mutatedText(lines.join('\n'), stream)) }
      lines[line] = changedLine(lines[line]!, stream)
      return { ...part, content: Buffer.from(lines.join('\n')) }
    })
    if (stream.below(12) === 0) changed.splice(stream.below(changed.length), 1)
    if (stream.below(12) === 0) changed.push(pick(parts, stream))
    return packParts(changed)
  },
  read(input, directory) {
    const own = opened(directory)
    let id: string
    try {
      id = storeService(own).importSession(input, 'a.cooperlab')
    } catch (error) {
      throw inWords(error, 'lab.db')
    }
    try {
      show(own, id)
    } finally {
      own.remove([id])
    }
  },
  close: async () => store?.close(),
}

function changedLine(line: string, stream: Parameters<FuzzedReader['mutate']>[1]): string {
  try {
    return JSON.stringify(mutatedValue(JSON.parse(line), stream)) ?? 'null'
  } catch {
    return mutatedText(line, stream)
  }
}

function trained(): Uint8Array {
  const header = Buffer.from('{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')
  const first = Buffer.alloc(8)
  first.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([first, header, Buffer.alloc(4)])
}

/** A store from anywhere: pages, or what its rows hold. */
export const storeFile: FuzzedReader = {
  seeds() {
    const path = join(import.meta.dirname, `seeds-${process.pid}-store.db`)
    const own = openStore(path)
    filled(own)
    own.database.pragma('journal_mode = DELETE')
    own.close()
    const bytes = readFileSync(path)
    rmSync(path)
    return [bytes]
  },
  mutate(input, stream) {
    if (stream.below(3) === 0) return mutatedBytes(input, stream)
    const database = new Database(Buffer.from(input))
    try {
      const text = (sql: string): string => String(database.prepare(sql).pluck().get())
      database.exec('DROP TRIGGER IF EXISTS events_stay_the_same')
      switch (stream.below(6)) {
        case 0: {
          const column = pick(['scenario', 'environment', 'tags', 'profiles'], stream)
          const mutated = Buffer.from(mutatedJson(Buffer.from(text(`SELECT coalesce(${column}, '{}') FROM sessions`)), stream)).toString()
          database.prepare(`UPDATE OR IGNORE sessions SET ${column} = ?`).run(mutated)
          break
        }
        case 1:
          database
            .prepare(`UPDATE sessions SET ${pick(['name', 'method', 'started_at', 'error', 'notes', 'writer'], stream)} = ?`)
            .run(mutatedText('a 1 b', stream))
          break
        case 2:
          database.prepare('UPDATE events SET bulk = ? WHERE seq = ?').run(mutatedBytes(Buffer.alloc(40), stream), stream.below(10))
          break
        case 3:
          database.prepare('INSERT INTO snapshots (session, seq, view) VALUES (1, 5, ?)').run(mutatedBytes(Buffer.alloc(40), stream))
          break
        case 4:
          database.exec(
            pick(
              [
                'CREATE TABLE other (x)',
                'CREATE TRIGGER t AFTER UPDATE ON sessions BEGIN DELETE FROM sessions; END',
                'CREATE VIEW v AS SELECT 1',
                'DROP TABLE journal',
                'PRAGMA user_version = 99',
                'PRAGMA user_version = -1',
                'PRAGMA user_version = 1',
              ],
              stream,
            ),
          )
          return database.serialize()
        default: {
          const seq = stream.below(40)
          const before = text(`SELECT event FROM events WHERE seq = ${seq}`)
          database.prepare('UPDATE OR IGNORE events SET event = ? WHERE seq = ?').run(changedLine(before, stream), seq)
        }
      }
      database.exec(
        "CREATE TRIGGER events_stay_the_same BEFORE UPDATE ON events\n  BEGIN SELECT raise(ABORT, 'events are append-only'); END",
      )
      return database.serialize()
    } catch {
      return mutatedBytes(input, stream)
    } finally {
      database.close()
    }
  },
  read(input, directory) {
    const path = join(directory, 'other.db')
    for (const part of ['-wal', '-shm']) rmSync(path + part, { force: true })
    writeFileSync(path, input)
    let own: Store | null = null
    try {
      own = openStore(path)
      for (const { id } of own.sessions()) show(own, id)
    } catch (error) {
      throw own === null ? error : explained(error, own)
    } finally {
      own?.close()
    }
  },
  refuses: (error) => error instanceof InputError || (error as Error).name === 'StoreTrouble',
}
