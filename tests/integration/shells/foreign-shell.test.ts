/** The lab's pipe as seen from a program of another make: what crosses it depends on no V8. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fromBytes } from '#shared/api/wire.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { startLabProcess } from '#main/shells/electron/lab-process.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const entry = join(root, 'src-main', 'shells', 'process', 'main.ts')

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'foreign-shell-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const options = () => {
  const storePath = join(folder, 'sessions.db')
  return { resources: sourceResources(root), version: '1', cwd: folder, dataDirectory: folder, storePath, scenarioFile: null }
}

/** A Node of this machine that is not the project's own; null: there is none. */
function otherNode(): string | null {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const found = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, name))
  return found.find((path) => existsSync(path) && versionOf(path) !== process.version) ?? null
}

const versionOf = (node: string): string => spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()

/** @param node that the shell runs on */
function speakFrom(node: string) {
  const words = [join(import.meta.dirname, 'foreign-shell.mjs'), process.execPath, entry, JSON.stringify(options())]
  const { stdout, stderr } = spawnSync(node, words, { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as { version: string; code: number | null; stderr: string; bodies: string[]; left: number }
}

function answers(bodies: readonly string[]): unknown[] {
  return bodies.map((body) => fromBytes(new Uint8Array(Buffer.from(body, 'base64'))))
}

test('a shell that writes its bytes by hand is answered, and its end ends the lab', () => {
  const { code, stderr, bodies, left } = speakFrom(process.execPath)
  expect([code, stderr, left]).toEqual([0, '', 0])
  const [first, second] = (answers(bodies) as { i: string }[]).toSorted((a, b) => a.i.localeCompare(b.i))
  expect(first).toMatchObject({ t: 's', i: '1', r: { version: '1', shell: 'electron' } })
  expect(second).toEqual({ t: 's', i: '2', r: [] })
})

const other = otherNode()

test.skipIf(other === null)('a shell on another V8 is answered (needs another Node on the PATH)', () => {
  const { version, code, bodies } = speakFrom(other!)
  expect(version).not.toBe(process.version)
  expect([code, answers(bodies).length]).toEqual([0, 2])
})

test.skipIf(process.platform !== 'linux')(
  "the lab has a plain pipe for its shell, no channel of Node's own, and passes it to nobody",
  async () => {
    const notices = { events: () => {}, status: () => {}, doing: () => {}, sessionsChanged: () => {}, warn: () => {} }
    const lab = startLabProcess({ node: process.execPath, entry, options: options(), notices, onEnded: () => {} })
    // Takes in a worker that runs idle.
    const checking = lab.calls.check({})
    await lab.calls.describe()
    const environment = readFileSync(`/proc/${lab.pid}/environ`, 'utf8').split('\0')
    expect(environment.filter((variable) => variable.startsWith('NODE_CHANNEL'))).toEqual([])
    const pipe = readlinkSync(`/proc/${lab.pid}/fd/3`)
    expect(pipe).toMatch(/^socket:/)
    const workers = (): string[] => {
      const children = readFileSync(`/proc/${lab.pid}/task/${lab.pid}/children`, 'utf8').split(' ').filter(Boolean)
      // Between fork and exec a child still holds all that its parent does.
      return children.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('workers'))
    }
    await expect.poll(workers).not.toEqual([])
    const held = openFiles(workers()[0]!)
    expect(held.length).toBeGreaterThan(3)
    expect(held).not.toContain(pipe)
    await checking.catch(() => {})
    await lab.end(30)
  },
)

/** What a process has open, apart from what it closes meanwhile. */
function openFiles(pid: string): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
    } catch {
      return []
    }
  })
}
