import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { recordSession, resumeSession } from '#main/lab/record-session.ts'
import { openStore } from '#main/store/open-store.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { RunSummary } from '#shared/events/summary.ts'
import { tinyScenario } from '../../endurance/killed-session.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'
import { loaded, only, removeFiles, resources, session } from '../session/sessions.ts'
import { asThread } from '../store/as-thread.ts'

const MAIN = join(import.meta.dirname, '../../../src-main/shells/cli/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'cooperlab-full-'))
afterAll(() => {
  removeFiles()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(expectNoWorkers)

test(
  'a disk that is full ends the run in one line, with all whole rounds kept; with room again it goes on to the same digest',
  { timeout: 120_000 },
  async () => {
    const change = { stop: { rounds: 6 } }
    const undisturbed = await session(change)
    const store = openStore(join(folder, 'lab.db'))
    const events: LabEvent[] = []
    const running = recordSession(loaded(change), {
      resources,
      store: asThread(store),
      emit: (event) => {
        events.push(event)
        // SQLite's own "database or disk is full", as soon as the file would have to grow.
        if (event.kind === 'round-finished' && event.round === 2) {
          store.database.pragma(`max_page_count = ${Number(store.database.pragma('page_count', { simple: true }))}`)
        }
      },
    })
    await expect(running).rejects.toThrow(/^lab\.db can't be written any more \(database or disk is full\); .*resume/)
    const [row] = store.sessions()
    expect(row!.rounds).toBeGreaterThan(0)
    expect(row!.rounds).toBeLessThan(6)
    store.close()

    const roomy = openStore(join(folder, 'lab.db'))
    const rest: LabEvent[] = []
    await resumeSession(row!.id, { resources, store: asThread(roomy), emit: (event) => rest.push(event) })
    expect(rest[0]).toEqual({ kind: 'session-resumed', round: row!.rounds })
    expect(only(rest, 'session-finished')[0]!.digest).toBe(undisturbed.view.finished!.digest)
    expect(roomy.sessions()[0]).toMatchObject({ state: 'finished', rounds: 6, resumable: false })
    roomy.close()
  },
)

const namespaces = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', folder]).status === 0

test.skipIf(!namespaces)(
  `a session of one round that a file system of 200 kB has no room for fails in one line and can go on${namespaces ? '' : ' (skipped: this user can mount none)'}`,
  { timeout: 120_000 },
  () => {
    const scenario = tinyScenario(folder, { stop: { rounds: 1 } })
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    // All in one shell, since nobody else sees what is mounted there.
    const lab = `"${process.execPath}" "${MAIN}"`
    const script = `
      mount -t tmpfs -o size=200k none "${disk}"
      ${lab} run "${scenario}" --no-store --json 2> undisturbed.err > undisturbed.json
      ${lab} run "${scenario}" --store disk/lab.db --json 2> full.err > full.json
      echo $? > full.code
      ${lab} sessions --store disk/lab.db --json > sessions.json 2> sessions.err
      mount -o remount,size=50m "${disk}"
      session=$(sed 's/.*"id":"\\([^"]*\\)".*/\\1/' sessions.json)
      ${lab} resume "$session" --store disk/lab.db --json 2> resumed.err > resumed.json
      ${lab} sessions --store disk/lab.db --json > after.json 2> after.err
    `
    const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, INIT_CWD: folder },
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const text = (name: string): string => readFileSync(join(folder, name), 'utf8')
    const read = (name: string): unknown => JSON.parse(text(name))
    expect(text('full.err').trimEnd().split('\n').at(-1)).toMatch(
      /^error: \S+lab\.db can't be written any more \(database or disk is full\); what was kept can go on with resume once it can$/,
    )
    expect(text('full.code')).toBe('1\n')
    expect(text('full.json')).toBe('')
    expect(read('sessions.json')).toMatchObject({ sessions: [{ resumable: true }] })
    expect((read('resumed.json') as RunSummary).digest).toBe((read('undisturbed.json') as RunSummary).digest)
    expect(read('after.json')).toMatchObject({ sessions: [{ state: 'finished', rounds: 1 }] })
  },
)
