/** The desktop app as built, on a stand-in for Electron that keeps its rules, with the real lab: what a user meets from its start to its end. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '#shared/api/command-list.ts'
import { DESKTOP, upToDate } from '#main/shells/built.ts'
import { desktopApps, root } from '../../desktop/desktop-app.ts'

const apps = desktopApps()
beforeAll(() => upToDate(root, DESKTOP, () => {}), 240_000)
afterEach(() => apps.killAll(), 60_000)
afterAll(() => apps.remove(), 60_000)

const SMALL = JSON.parse(readFileSync(join(root, 'tests', 'e2e', 'scenarios', 'small.json'), 'utf8')) as { stop: object }
const scenarioOf = (rounds: number) => ({ ...SMALL, stop: { rounds } })

/** In place of the lab: a program that never answers. @param ends with its pipe, as the lab does */
function deaf(ends: 'with its pipe' | 'never' = 'with its pipe'): { node: string } {
  const node = join(apps.folder, `deaf-lab-${ends.replaceAll(' ', '-')}`)
  writeFileSync(node, `#!/bin/sh\nexec ${ends === 'never' ? 'sleep 1000' : 'cat <&3 >/dev/null'}\n`, { mode: 0o755 })
  return { node }
}

function write(name: string, content: string): string {
  const file = join(apps.folder, name)
  writeFileSync(file, content)
  return file
}

const opened = async (app: Awaited<ReturnType<typeof started>>): Promise<unknown[]> =>
  (await app.page<unknown[][]>('told')).filter(([what]) => what === 'opened').map(([, one]) => one)

const started = (...given: Parameters<typeof apps.start>) => apps.start(...given).open()

describe('its start', () => {
  test('says who it is, keeps dumps here and asks for no keyring; the page reaches the lab, and what is said is on disk', async () => {
    const app = await started()
    const state = await app.state()
    expect(state).toMatchObject({ userModelId: 'org.cooperlab.desktop', sandboxed: true, crashes: { uploadToServer: false } })
    expect(state.switches).toEqual(['password-store=basic', 'use-mock-keychain'])
    // On a disk that doesn't tell capitals, Chromium's "Cache" would be the lab's "cache".
    expect(state.sessionData).toBe(join(state.userData, 'chromium'))
    expect(state.crashDumps).toBe(join(app.home, 'logs', 'crashes'))
    expect(await app.lab('describe')).toMatchObject({ shell: 'electron' })
    await expect(app.lab('start', {})).rejects.toThrow('expected')
    expect(readFileSync(join(app.home, 'logs', 'app.log'), 'utf8')).toMatch(/^\S+Z CooperLab \S+ starts, Electron 45/m)
    await app.leave('close')
    expect(await app.ended).toEqual({ code: 0, signal: null })
  })

  test('shows the window where a page that is hidden is never drawn, as on Wayland', async () => {
    const app = await started([], { ...deaf(), readyToShow: false })
    expect((await app.state()).windows).toMatchObject([{ shown: true }])
  })

  test('names an option without its value in one line', async () => {
    const app = apps.start(['--store'], deaf())
    expect((await app.ended).code).toBe(1)
  })

  test('ends with what could not be loaded, when the page is not there', async () => {
    const app = apps.start(['--smoke'], { ...deaf(), noPage: true })
    expect((await app.ended).code).toBe(1)
    expect(app.output).toMatch(/smoke: app:\/\/lab\/index\.html could not be loaded/)
  })
})

describe('a page', () => {
  test('is sandboxed and may ask for nothing, go nowhere and load nothing but itself; strangers get no answer', async () => {
    const app = await started([], deaf())
    const preferences = { sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false }
    expect(await app.do('preferences')).toMatchObject(preferences)
    expect(await app.page('globals')).toEqual(['desktop'])
    expect(await app.do('granted')).toEqual([false, false, false])
    const loads = (url: string): Promise<boolean> => app.do('loads', url)
    for (const url of ['https://example.org/', 'http://127.0.0.1/', 'file:///etc/passwd', 'app://other/x.js'])
      expect(await loads(url)).toBe(false)
    for (const url of ['app://lab/index.html', 'blob:app://lab/1', 'data:text/plain,x']) expect(await loads(url)).toBe(true)
    expect(await app.do('opensWindow', 'https://example.org')).toBe('deny')
    for (const [name, url, prevented] of [
      ['will-navigate', 'https://example.org', true],
      ['will-navigate', 'app://lab/index.html', false],
      ['will-frame-navigate', 'file:///', true],
      ['will-redirect', 'app://lab/', true],
      ['will-attach-webview', '', true],
    ] as const) {
      expect(await app.do('prevents', name, url), `${name} ${url}`).toBe(prevented)
    }
    const page = await app.do<{ status: number; policy: string; text: string }>('respond', 'app://lab/index.html')
    expect(page).toMatchObject({ status: 200, policy: expect.stringContaining("script-src 'self'") as unknown })
    expect(page.policy).not.toContain('unsafe-eval')
    for (const url of ['app://other/index.html', 'app://lab/..%2fmain/main.js', 'app://lab/missing.js'])
      expect((await app.do<{ status: number } | null>('respond', url))?.status ?? 404, url).toBe(404)
    for (const url of ['https://example.org/', 'app://lab.evil/', null]) await app.do('stranger', 'cooperlab:connect', url)
    await app.do('stranger', 'cooperlab:connect', 'app://lab/', {})
    expect((await app.state()).answered).toEqual([])
    expect(app.output.match(/refused cooperlab:connect/g)).toHaveLength(4)
  })
})

describe('files', () => {
  test('are opened by dialogs of the system, with paths relative to the scenario, and are recent then', async () => {
    const app = await started([], deaf())
    const file = write('mine.yaml', 'model: { checkpoint: builtin:encoder }\ndata: { train: { path: rows.tsv } }\nfleet: []\n')
    for (const way of ['menu', 'page'] as const) {
      if (way === 'menu') await app.do('menu', 'scenario.open')
      else await app.page('bridge', 'pick', 'scenario')
      await app.answer('Scenarios', { path: file })
    }
    await app.do('menu', 'session.import')
    await app.answer('Sessions', { path: write('run.cooperlab', 'bytes') })
    await expect.poll(async () => (await opened(app)).length).toBe(3)
    expect(await opened(app)).toMatchObject([
      { kind: 'scenario', name: 'mine.yaml', input: { data: { train: { path: join(apps.folder, 'rows.tsv') } } } },
      { kind: 'scenario' },
      { kind: 'session', name: 'run.cooperlab', bytes: new TextEncoder().encode('bytes') },
    ])
    expect((await app.page<unknown[][]>('told')).filter(([what]) => what === 'command')).toEqual([])
    expect((await app.state()).recent).toEqual([file, file, join(apps.folder, 'run.cooperlab')])

    const labels = await app.do<string[]>('labels', 'application')
    expect(labels).toEqual(expect.arrayContaining(['Open Recent', 'mine.yaml', 'run.cooperlab', 'Clear the List']))
    await app.do('menu', 'mine.yaml')
    await expect.poll(async () => (await opened(app)).length).toBe(4)
    await app.do('menu', 'Clear the List')
    expect(await app.do('labels', 'application')).not.toContain('mine.yaml')
  })

  test('dropped anywhere are what they are: a model, data, a scenario; one that is nothing is told in one line', async () => {
    const app = await started([], deaf())
    const model = join(apps.folder, 'model')
    mkdirSync(model)
    writeFileSync(join(model, 'config.json'), '{}')
    const paths = [model, write('rows.tsv', 'a\tb'), write('rows.json', '[]'), write('it.json', JSON.stringify(SMALL))]
    for (const path of paths) expect(await app.page('drop', path)).toBe(true)
    await expect.poll(async () => (await opened(app)).length).toBe(4)
    const kinds = (await opened(app)) as { kind: string }[]
    expect(kinds.map(({ kind }) => kind).toSorted()).toEqual(['data', 'data', 'model', 'scenario'])
    // Not on a disk: the page has to read it.
    expect(await app.page('drop', '')).toBe(false)
    await app.page('drop', write('notes.docx', ''))
    await app.page('drop', join(apps.folder, 'gone.json'))
    await expect
      .poll(() => app.messages())
      .toEqual([
        expect.stringMatching(/notes\.docx can't be opened: it is no scenario/) as string,
        expect.stringMatching(/gone\.json can't be opened: .*no such file/) as string,
      ])
  })

  test('named on the command line are opened, as addresses too, and what is wrong with one keeps no window shut', async () => {
    const file = write('with blank.json', JSON.stringify(SMALL))
    const app = await started([pathToFileURL(file).href, 'gone.cooperlab', 'file:///%zz.json'], deaf())
    await expect.poll(async () => (await opened(app)).length).toBe(1)
    expect(await opened(app)).toMatchObject([{ kind: 'scenario', name: 'with blank.json' }])
    expect((await app.messages()).join('\n')).toMatch(/gone\.cooperlab can't be opened/)
  })
})

describe('the menu', () => {
  test('has every command of the window, which does what is chosen', async () => {
    const app = await started([], deaf())
    const labels = await app.do<string[]>('labels', 'application')
    expect(labels).toEqual(expect.arrayContaining(COMMANDS.map(({ title }) => title)))
    await app.do('menu', 'view.fleet')
    await expect.poll(() => app.page('told')).toEqual([['command', 'view.fleet', false]])
    // The page itself hears keys here.
    expect(await app.do('press', 'CommandOrControl+2')).toBe(false)
  })

  test('takes no key on macOS that a field takes as text, and says of the others that they were pressed', async () => {
    const app = await started([], { ...deaf(), platform: 'darwin' })
    const keys = await app.do<[string, string][]>('accelerators')
    expect(keys.length).toBeGreaterThan(8)
    expect(keys.filter(([, key]) => !key.includes('CommandOrControl'))).toEqual([])
    for (const key of ['I', 'T', 'Space', 'Shift+Home']) expect(await app.do('press', key)).toBe(false)
    expect(await app.do('press', 'CommandOrControl+2')).toBe(true)
    await expect.poll(() => app.page('told')).toEqual([['command', 'view.fleet', true]])
  })

  test('tells about the app, shows its log and licences, and copies diagnostics without paths unless they are wanted', async () => {
    const app = await started()
    await app.lab('describe')
    await app.do('menu', 'About CooperLab')
    await app.answer('CooperLab', { response: 1 })
    await app.do('menu', 'Show Logs')
    await app.do('menu', 'Check for Updates…')
    await app.answer('CooperLab', {})
    await expect.poll(async () => (await app.state()).opened).toEqual([join(root, 'LICENSE'), join(app.home, 'logs')])
    writeFileSync(join(app.home, 'logs', 'app.log'), `2026-01-01 ${join(app.home, 'secret project', 'rows.tsv')}: no such file\n`)
    for (const [i, checkboxChecked] of [false, true].entries()) {
      await app.do('menu', 'Copy Diagnostics…')
      await app.answer('Copy diagnostics', { response: 0, checkboxChecked })
      await expect.poll(async () => (await app.state()).copied.length).toBe(i + 1)
    }
    const [without, withPaths] = (await app.state()).copied
    expect(without).toMatch(/^CooperLab \S+\nElectron 45.*Caps are enforced/s)
    expect(without).toContain('<path>: no such file')
    expect(without).not.toContain('secret')
    expect(withPaths).toContain('secret project')
  })

  test('opens under the pointer with what is there: the value, a picture of a chart', async () => {
    const app = await started([], deaf())
    const here = { editFlags: { canCut: false, canCopy: true, canPaste: false }, isEditable: false, selectionText: '', x: 10, y: 20 }
    await app.do('emit', 'contents', 'context-menu', here)
    await expect.poll(() => app.do('labels', 'popup')).toEqual(['Copy "95.2 %"'])
    await app.do('pick', 'Copy')
    expect((await app.state()).copied).toEqual(['95.2 %'])
    await app.do('emit', 'contents', 'context-menu', { ...here, x: 200 })
    await expect.poll(() => app.do('labels', 'popup')).toEqual(['Copy "95.2 %"', 'separator', 'Save Picture…'])
    await app.do('pick', 'Picture')
    const picture = join(apps.folder, 'chart.png')
    await app.answer('chart.png', { path: picture })
    await expect.poll(() => existsSync(picture) && readFileSync(picture, 'utf8')).toBe('picture')
    await app.do('emit', 'contents', 'context-menu', { ...here, isEditable: true })
    await expect.poll(() => app.do('labels', 'popup')).toEqual(['cut', 'copy', 'paste', 'selectAll'])
  })
})

describe('its end', () => {
  test('waits for a run when the user wants it to, says so, and lets nobody ask more', async () => {
    const app = await started(['--store', 'sessions.db'])
    const { session } = await app.lab<{ session: string }>('start', scenarioOf(1000))
    await expect.poll(async () => (await app.state()).awake).toBe(1)
    await expect.poll(async () => (await app.state()).windows[0]!.progress).toBeGreaterThan(0)
    await app.leave('close')
    await app.answer('A session is running', { response: 1 })
    expect((await app.lab<{ state: string }[]>('running')).map(({ state }) => state)).toEqual(['running'])
    await app.leave('quit')
    await app.answer('A session is running', { response: 0 })
    expect(await app.ended).toEqual({ code: 0, signal: null })
    expect(readdirSync(app.home)).toContain('sessions.db')

    const again = await started(['--store', 'sessions.db'], { userHome: app.home })
    const kept = await again.lab<{ id: string; resumable: boolean }[]>('sessions', '')
    expect(kept).toMatchObject([{ id: session, resumable: true }])
  })

  test('fails what is asked at once, and can be had sooner, or taken back by starting again', async () => {
    const app = await started([], deaf('never'))
    const asked = app.lab('describe').then(() => 'answered', (error: Error) => error.message) // prettier-ignore
    const [before] = (await app.state()).lab
    await app.leave('close')
    expect(await asked).toMatch('no longer connected')
    expect(await app.page('told')).toContainEqual(['ending'])
    // The window stays while the lab ends, and so does what it can do.
    const file = write('again.json', JSON.stringify(SMALL))
    const second = apps.start(['--scenario', file], { ...deaf('never'), userHome: app.home })
    expect((await second.ended).code).toBe(0)
    process.kill(before!, 'SIGKILL')
    await expect.poll(async () => (await app.state()).lab[0]).not.toBe(before)
    await expect.poll(() => opened(app).catch(() => [])).toMatchObject([{ kind: 'scenario', name: 'again.json' }])
    expect((await app.state()).pending).toEqual([])

    await app.leave('quit')
    await app.leave('close')
    await app.answer('The round in progress', { response: 1 })
    expect(await app.ended).toEqual({ code: 0, signal: null })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('asks nobody when %s comes, and ends at once with the second', async (signal) => {
    const app = await started([], deaf('never'))
    app.child.kill(signal)
    await expect.poll(() => app.page('told')).toContainEqual(['ending'])
    expect((await app.state()).pending).toEqual([])
    app.child.kill(signal)
    expect(await app.ended).toEqual({ code: 0, signal: null })
  })

  test('comes in time when the system shuts down', async () => {
    const app = await started()
    await app.lab('describe')
    expect(await app.do('shutdown')).toBe(true)
    expect(await app.ended).toEqual({ code: 0, signal: null })
  })

  test('comes also where the lab never began, and is offered with another try', async () => {
    const app = await started([], { node: join(apps.folder, 'no-node') })
    await app.answer('could not be started', { response: 0 })
    await expect.poll(async () => (await app.messages()).filter((words) => /could not be started/.test(words)).length).toBe(2)
    await expect.poll(() => app.lab('describe').catch((error: Error) => error.message)).toMatch('no longer connected')
    await app.leave('quit')
    expect(await app.ended).toEqual({ code: 0, signal: null })
  })
})

describe('trouble', () => {
  test('is asked about once: a page that hangs is ended and loaded again, one that answers again takes the question back', async () => {
    const app = await started([], deaf())
    await app.do('emit', 'window', 'unresponsive')
    await app.do('emit', 'window', 'unresponsive')
    await app.answer('does not answer', { response: 0 })
    await expect.poll(() => app.page('told').catch(() => null)).toEqual([])
    expect((await app.state()).shown).toHaveLength(1)

    await app.do('emit', 'window', 'unresponsive')
    await app.do('emit', 'window', 'responsive')
    await expect.poll(async () => (await app.state()).pending).toEqual([])
    await app.do('emit', 'contents', 'render-process-gone', { reason: 'oom', exitCode: 5 })
    await app.answer('ran out of memory', { response: 1 })
  })

  test('with the lab fails what was asked, and a lab that is started again is asked by the window loaded again', async () => {
    const app = await started()
    await app.lab('describe')
    await app.do('killLab')
    await expect(app.lab('running')).rejects.toThrow('no longer connected')
    await app.answer('it was ended by SIGKILL', { response: 0 })
    await expect.poll(() => app.lab('running').catch(() => null)).toEqual([])
    expect(readFileSync(join(app.home, 'logs', 'app.log'), 'utf8')).toMatch(/the lab's process ended: it was ended by SIGKILL/)
  })

  test('with whoever reads its output is none of its own', async () => {
    const app = await started()
    app.child.stdout!.destroy()
    app.child.stderr!.destroy()
    for (let i = 0; i < 3; i++) await app.do('emit', 'app', 'child-process-gone', { type: 'GPU', reason: 'crashed', exitCode: 1 })
    expect(await app.lab('describe')).toMatchObject({ shell: 'electron' })
    expect(await app.messages()).toEqual([])
    expect(readFileSync(join(app.home, 'logs', 'app.log'), 'utf8')).toMatch(/GPU: it crashed/)
  })
})

describe('a second start', () => {
  test('hands over what it was to open, whatever becomes of its words on the way, and tells who started it', async () => {
    const app = await started(['--store', 'first.db'], deaf())
    const [scenario, session] = [write('second.json', JSON.stringify(SMALL)), write('second.cooperlab', 'x')]
    const ready = join(apps.folder, 'ready')
    const words = ['--scenario', scenario, '--store', 'other.db', session]
    const second = apps.start(words, { ...deaf(), userHome: app.home, env: { COOPERLAB_READY: ready } })
    expect(await second.ended).toEqual({ code: 0, signal: null })
    expect(readFileSync(ready, 'utf8')).toBe('handed-over')
    await expect.poll(async () => (await opened(app)).length).toBe(2)
    expect(await opened(app)).toMatchObject([{ name: 'second.json' }, { name: 'second.cooperlab' }])
    expect(await app.messages()).toEqual([expect.stringMatching(/open already .*first\.db\. Quit it first to open .*other\.db/) as string])
  })
})

describe('beside its page', () => {
  test('the theme that the page shows is that of title bar, dialogs and ground, also at the next start', async () => {
    const app = await started([], deaf())
    await app.page('bridge', 'theme', 'dark')
    await expect.poll(async () => (await app.state()).theme).toBe('dark')
    expect((await app.state()).windows[0]!.ground).toBe('#16181c')
    await app.page('send', 'cooperlab:theme', { evil: true })
    await app.kill()
    const again = await started([], { ...deaf(), userHome: app.home })
    expect(await again.state()).toMatchObject({ theme: 'dark', windows: [{ ground: '#16181c' }] })
  })

  test('a run that ends while the user looks elsewhere is told, and shown when that is clicked', async () => {
    const app = await started()
    await app.do('blur')
    await app.lab('start', scenarioOf(2))
    await expect.poll(async () => (await app.state()).notified).toHaveLength(1)
    const state = await app.state()
    expect(state.notified[0]).toMatchObject({ body: expect.stringMatching(/^Over after 2 rounds, accuracy \d/) as unknown })
    expect(state.windows[0]).toMatchObject({ focused: false, flashing: true, progress: -1 })
    await app.do('clickNotification')
    expect((await app.state()).windows[0]).toMatchObject({ focused: true, flashing: false })
  })
})

describe('--smoke', () => {
  test('makes every call that reads, runs two rounds, keeps nothing of the user, and ends with 0', async () => {
    const app = apps.start(['--smoke'])
    expect([await app.ended, app.output]).toEqual([{ code: 0, signal: null }, expect.stringContaining('smoke: ok')])
    expect(existsSync(join(app.home, 'sessions.db'))).toBe(false)
  })

  test('says what failed', async () => {
    const app = apps.start(['--smoke'], { node: join(apps.folder, 'no-node') })
    expect((await app.ended).code).toBe(1)
    expect(app.output).toMatch(/smoke: describe: .*\nsmoke: .*\n.*smoke: \d+ failed/s)
  })
})
