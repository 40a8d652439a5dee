import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Channel } from '#shared/rpc/channel.ts'
import type { LabCalls, LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import { callLab } from '#shared/api/lab-rpc.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { openFaultLog } from '#main/lab/fault-log.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { type OpenLab, openLab } from '#main/shells/open-lab.ts'
import { type WebShell, openWebShell } from '#main/shells/web/server.ts'
import { socketChannel } from '#main/shells/web/window-socket.ts'
import { exchange, openSocket } from './web-client.ts'

const root = join(import.meta.dirname, '..', '..', '..')

let folder: string
let lab: OpenLab
let shell: WebShell
let faultLines: string[]

beforeEach(async () => {
  faultLines = []
  folder = mkdtempSync(join(tmpdir(), 'web-shell-'))
  const resources = sourceResources(root)
  const storePath = join(folder, 'sessions.db')
  lab = await openLab({
    resources,
    shell: 'web',
    version: '1',
    cwd: root,
    dataDirectory: folder,
    scenarioFile: null,
    storePath,
    faults: openFaultLog(join(folder, 'faults.log'), 'test'),
    onFault: (words) => faultLines.push(words),
  })
  shell = await openWebShell({ directory: join(root, 'src-renderer'), connect: (channel) => lab.connect(channel) })
})

afterEach(async () => {
  await lab.close()
  await shell.close()
  rmSync(folder, { recursive: true })
})

/** Sooner or later, however busy the machine is. */
const PATIENCE = { timeout: 50_000 }

/** A window in a browser that has just been given the lab's address. */
async function open(): Promise<Channel> {
  return socketChannel(await openSocket(await exchange(shell.address)))
}

interface Told {
  readonly calls: LabCalls
  readonly events: LabEvent[]
  readonly doing: string[]
  /** The status with this state, once it comes. */
  until(state: RunStatus['state']): Promise<RunStatus>
}

/** @param before events that it knows of */
async function window(before = 0): Promise<Told> {
  const [events, doing, statuses]: [LabEvent[], string[], RunStatus[]] = [[], [], []]
  let wake = (): void => {}
  const notices: LabNotices = {
    events: (_, from, some) => {
      expect(from).toBe(before + events.length)
      events.push(...some)
    },
    doing: (_, phones) => doing.push(...phones.map(({ words }) => words)),
    status: (status) => {
      statuses.push(status)
      wake()
    },
    sessionsChanged: () => {},
    warn: () => {},
  }
  const calls = callLab(await open(), notices)
  const until = async (state: RunStatus['state']): Promise<RunStatus> => {
    for (;;) {
      const found = statuses.find((status) => status.state === state)
      if (found) return found
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return { calls, events, doing, until }
}

const small = {
  name: 'small',
  model: { checkpoint: 'builtin:encoder', maxLength: 16 },
  data: { train: { path: 'builtin:stance/train?rows=200' }, test: { path: 'builtin:stance/test?rows=20' } },
  fleet: [{ profile: 'pixel-4', count: 2 }],
  stop: { rounds: 3 },
}

test('a window describes the lab, runs a scenario to its end, held and stepped on the way, and finds it among the sessions', async () => {
  const { calls, events, doing, until } = await window()
  const description = await calls.describe()
  expect(description.scenarios[0]).toMatchObject({ id: 'quickstart', missing: null })
  expect(description.scenarios.find(({ id }) => id === 'sst2')?.missing).toContain('sst2')

  const { session } = await calls.start(small)
  expect(await calls.pause(session)).toMatchObject({ state: 'pausing' })
  await until('paused')
  const before = events.length
  await calls.tune(session, [1], { gflops: 1 })
  await calls.step(session)
  await expect.poll(() => events.slice(before).some(({ kind }) => kind === 'round-finished'), PATIENCE).toBe(true)
  await expect.poll(async () => (await calls.running())[0]?.state, PATIENCE).toBe('paused')
  expect(events.filter(({ kind }) => kind === 'round-started')).toHaveLength(1)
  await calls.proceed(session)
  await until('finished')

  expect(events.at(-1)).toMatchObject({ kind: 'session-finished', stoppedBy: 'rounds' })
  expect(events.find(({ kind }) => kind === 'phone-tuned')).toMatchObject({ phone: 1, round: 1, change: { gflops: 1 } })
  expect(doing.some((words) => words.startsWith('probing'))).toBe(true)
  await expect.poll(() => calls.sessions('small'), PATIENCE).toMatchObject([{ id: session, state: 'finished', rounds: 3 }])
  const { view } = await calls.open(session)
  expect([view.round, view.seq]).toEqual([3, events.length])
  expect(await calls.events(session, 2, 3)).toEqual(events.slice(2, 5))
})

test('a stopped session keeps what it computed and goes on from there, its events numbered on', async () => {
  const first = await window()
  const { session } = await first.calls.start({ ...small, stop: { rounds: 4 } })
  await expect.poll(() => first.events.some(({ kind }) => kind === 'round-started'), PATIENCE).toBe(true)
  await first.calls.stop(session)
  await first.until('finished')
  await expect.poll(() => first.calls.sessions(''), PATIENCE).toMatchObject([{ id: session, state: 'interrupted', resumable: true }])
  const { length, view } = await first.calls.open(session)
  expect(view.round).toBeLessThan(4)

  const second = await window(length - 1)
  expect(await second.calls.resume(session)).toMatchObject({ session, state: 'starting' })
  await second.until('finished')
  expect(second.events[0]).toMatchObject({ kind: 'session-resumed' })
  await expect.poll(() => second.calls.sessions(''), PATIENCE).toMatchObject([{ state: 'finished', rounds: 4, resumable: false }])
})

test('a window that opens a session in the middle of a round misses nothing', async () => {
  const first = await window()
  const { session } = await first.calls.start({ ...small, stop: { rounds: 200 } })
  expect(await first.calls.open(session)).toMatchObject({ length: 0, view: { seq: 0, name: '' } })
  for (const rounds of [2, 3, 4]) {
    await expect.poll(() => first.events.filter(({ kind }) => kind === 'phone-reported').length, PATIENCE).toBeGreaterThan(2 * rounds)
    const told = first.events.length
    const { length, view } = await first.calls.open(session)
    expect(length).toBeGreaterThanOrEqual(told)
    expect(view.round).toBeGreaterThanOrEqual(rounds)
    expect(await first.calls.events(session, 0, 10_000)).toEqual(expect.arrayContaining(first.events.slice(0, told)))
  }
})

test('what is wrong with a scenario crosses as what was found and what was expected', async () => {
  const { calls } = await window()
  const failure = await calls.start({ ...small, fleet: [] }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(InputError)
  expect(failure).toMatchObject({ where: 'scenario: fleet', found: 'an empty list' })
  const { issues } = await calls.check({ ...small, model: { checkpoint: '/nowhere' } })
  expect(issues).toMatchObject([{ path: 'model.checkpoint', keys: ['model', 'checkpoint'] }])
})

test('names that the contract lacks are refused, inherited ones too', async () => {
  const channel = await open()
  const answers: unknown[] = []
  channel.onMessage((message) => answers.push(message))
  for (const name of ['alive', 'constructor', 'close']) channel.post({ m: name, a: [], t: 'q', i: name })
  await expect.poll(() => answers.length, PATIENCE).toBe(3)
  for (const answer of answers) expect(answer).toMatchObject({ e: { message: expect.stringMatching(/not found/) as string } })
})

test('a channel is refused without the cookie, to a page of another origin, and under another name of this machine', async () => {
  const browser = await exchange(shell.address)
  await expect(openSocket(browser, { cookie: '' })).rejects.toThrow('403')
  await expect(openSocket(browser, { cookie: browser.cookie.replace(/..$/, 'xx') })).rejects.toThrow('403')
  await expect(openSocket(browser, { origin: 'https://example.org' })).rejects.toThrow('403')
  await expect(openSocket(browser, { origin: 'http://127.0.0.1:1' })).rejects.toThrow('403')
  await expect(openSocket(browser, { host: `localhost:${new URL(shell.address).port}` })).rejects.toThrow('403')
  ;(await openSocket(browser)).close()
})

test('a token opens one browser, which may come back with its cookie; the next browser needs the next token', async () => {
  const { address } = shell
  const { origin } = new URL(address)
  const ask = (init: RequestInit): Promise<Response> => fetch(`${origin}/token`, init)
  const token = new URLSearchParams(new URL(address).hash.slice(1)).get('token')!
  expect((await ask({ method: 'POST', body: token, headers: { origin: 'https://example.org' } })).status).toBe(403)
  expect((await ask({ method: 'POST', body: token })).status).toBe(403)
  const first = await ask({ method: 'POST', body: token, headers: { origin } })
  const cookie = first.headers.get('set-cookie')!
  expect([first.status, cookie]).toEqual([204, expect.stringMatching(/^cooperlab-\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/)])
  const again = await ask({ method: 'POST', body: token, headers: { origin } })
  expect([again.status, await again.text()]).toEqual([403, expect.stringContaining('newest address')])
  expect((await ask({ method: 'POST', body: token, headers: { origin, cookie: cookie.split(';')[0]! } })).status).toBe(204)
  expect((await ask({ headers: { cookie: cookie.split(';')[0]! } })).status).toBe(204)
  expect((await ask({})).status).toBe(403)
  expect((await ask({ method: 'POST', body: 'x'.repeat(10_000), headers: { origin } }).catch(() => ({ status: 0 }))).status).not.toBe(204)
  expect(shell.address).not.toBe(address)
  ;(await openSocket(await exchange(shell.address))).close()
})

test('pages come with a policy that runs no text as a program, and nothing outside the window is served', async () => {
  const { origin } = new URL(shell.address)
  const page = await fetch(origin)
  expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';/)
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe-eval')
  for (const path of ['/..%2f..%2fpackage.json', '/%2e%2e/package.json', '/%00', '/%', '//etc/passwd']) {
    expect((await fetch(origin + path)).status).toBe(404)
  }
})

test('a mistake in the lab reaches the window as one line, and its stack the log', async () => {
  const { calls } = await window()
  lab.host.sessions = async () => (null as unknown as { deep: never[] }).deep
  const line = `TypeError: Cannot read properties of null (reading 'deep') (a fault of the lab; its details are in ${join(folder, 'faults.log')})`
  await expect(calls.sessions('any')).rejects.toThrow(line)
  expect(faultLines).toEqual([line])
  expect(readFileSync(join(folder, 'faults.log'), 'utf8')).toMatch(/^\s+at .*web-shell\.test\.ts/m)
})
