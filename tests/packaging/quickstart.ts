/** Runs the quickstart in a packaged lab as the app does: its own Node, its own files, the real pipe; and nothing of this checkout or of another Node. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import { type Resources, packagedResources } from '#main/machine/resources.ts'
import { startLabProcess } from '#main/shells/electron/lab-process.ts'

export interface Outcome {
  readonly cap: string
  readonly rounds: number
  /** After the last round. */
  readonly accuracy: number
}

/** For the slowest machine worth waiting for. */
const PATIENCE_SECONDS = 1200

/**
 * @param resources folder of a packaged app, outside of any checkout, since packages that it lacks would be found above it
 * @param home that all it keeps is below
 * @param rounds null: as many as the quickstart has
 * @throws Error in words, if it doesn't run to its end
 */
export async function runQuickstart(resources: string, home: string, rounds: number | null): Promise<Outcome> {
  mkdirSync(home, { recursive: true })
  const restore = useNothingElse(home)
  const lab = join(resources, 'lab')
  const files: Resources = packagedResources(lab, home)
  const ended = Promise.withResolvers<never>()
  const over = Promise.withResolvers<RunStatus>()
  const notices: LabNotices = {
    events: () => {},
    doing: () => {},
    sessionsChanged: () => {},
    warn: (words) => console.error(words),
    status: (status) => void (['finished', 'failed'].includes(status.state) && over.resolve(status)),
  }
  const running = startLabProcess({
    node: join(lab, process.platform === 'win32' ? 'node.exe' : 'node'),
    entry: join(lab, 'out', 'process.js'),
    options: { resources: files, version: 'packaged', cwd: home, dataDirectory: home, storePath: null, scenarioFile: null },
    notices,
    onEnded: (words) => ended.reject(new Error(`the lab's process ended: ${words}`)),
  })
  const timer = setTimeout(() => ended.reject(new Error(`no end after ${PATIENCE_SECONDS} s`)), PATIENCE_SECONDS * 1000)
  ended.promise.catch(() => {})
  const orEnded = async <T>(work: Promise<T>): Promise<T> => Promise.race([work, ended.promise])
  try {
    const { cap } = await orEnded(running.calls.describe())
    const scenario = JSON.parse(readFileSync(join(files.directory, 'scenarios', 'quickstart.json'), 'utf8')) as { stop: { rounds: number } }
    if (rounds !== null) scenario.stop.rounds = rounds
    const started = await orEnded(running.calls.start(scenario))
    const status = await orEnded(over.promise)
    if (status.state === 'failed') throw new Error(`the quickstart failed: ${status.error}`)
    const session = (await orEnded(running.calls.sessions(''))).find(({ id }) => id === started.session)
    if (session?.state !== 'finished' || session.rounds !== scenario.stop.rounds)
      throw new Error(`the quickstart ended ${session?.state} after ${session?.rounds} rounds`)
    return { cap: cap.mechanism, rounds: session.rounds, accuracy: session.accuracy ?? 0 }
  } finally {
    clearTimeout(timer)
    await running.end(PATIENCE_SECONDS)
    restore()
  }
}

/**
 * As on the machine of somebody who has no Node: processes that are started see none, and keep their things below `home`.
 * @returns makes the environment what it was
 */
function useNothingElse(home: string): () => void {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !existsSync(join(folder, name)))
  const changes = { PATH: folders.join(delimiter), COOPERLAB_HOME: home, NODE_OPTIONS: undefined, NODE_PATH: undefined }
  const before = Object.fromEntries(Object.keys(changes).map((key) => [key, process.env[key]]))
  const set = (values: Readonly<Record<string, string | undefined>>): void => {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[key]
      else process.env[key] = value
    }
  }
  set(changes)
  return () => set(before)
}
