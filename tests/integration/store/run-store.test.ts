import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Terminal } from '#main/shells/cli/terminal.ts'
import { openFaultLog } from '#main/lab/fault-log.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { sessions } from '#main/shells/cli/commands/sessions.ts'
import { openStore } from '#main/store/open-store.ts'
import { EMPTY_VIEW } from '#shared/events/projection.ts'
import { type RunSummary, summarise } from '#shared/events/summary.ts'
import { sampleSession } from '../../unit/store/sample-session.ts'
import { project } from '../../unit/events/project.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const execute = promisify(execFile)
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-store-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function node(...words: string[]) {
  return execute(process.execPath, words, { cwd: folder, env: { ...process.env, INIT_CWD: folder } })
}

async function listed(...options: ['json'?]): Promise<string> {
  const stdout = new PassThrough()
  const faults = openFaultLog(join(folder, 'faults.log'), 'test')
  const context = { resources: sourceResources(root), cwd: folder, stdout, stderr: new Terminal(process.stderr), faults }
  expect(await sessions.run(context, { store: 'lab.db', json: options.includes('json') }, [])).toBe(0)
  return String(stdout.read())
}

describe('run --store', () => {
  it('keeps a session whose fold is the summary that was printed', async () => {
    // bert-tiny has three labels.
    const rows = Array.from({ length: 120 }, (_, row) => `${['good', 'bad', 'so so'][row % 3]} ${row}\t${row % 3}\n`)
    writeFileSync(join(folder, 'train.tsv'), rows.join(''))
    writeFileSync(join(folder, 'test.tsv'), rows.slice(0, 45).join(''))
    const scenario = {
      name: 'two phones',
      model: { checkpoint: join(root, 'tests/oracles/bert-tiny'), maxLength: 12 },
      data: { train: { path: 'train.tsv' }, test: { path: 'test.tsv' }, partition: { kind: 'iid' } },
      fleet: [{ profile: 'pixel-4', count: 2, link: 'lte' }],
      stop: { rounds: 2 },
    }
    writeFileSync(join(folder, 'scenario.json'), JSON.stringify(scenario))
    const { stdout } = await node(join(root, 'src-main/shells/cli/main.ts'), 'run', 'scenario.json', '--store', 'lab.db', '--json')
    const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as RunSummary
    expect(readdirSync(folder).sort()).toEqual(['lab.db', 'scenario.json', 'test.tsv', 'train.tsv'])

    const store = openStore(join(folder, 'lab.db'))
    expect(summarise([...store.events(summary.session)].reduce(project, EMPTY_VIEW))).toEqual(summary)
    expect(store.session(summary.session).scenario).toMatchObject({ name: 'two phones', stop: { rounds: 2 } })
    store.close()

    const row = { id: summary.session, name: 'two phones', rounds: 2, accuracy: summary.finalAccuracy, state: 'finished' }
    expect(JSON.parse(await listed('json'))).toEqual({ sessions: [expect.objectContaining(row)] })
    const [head, line] = (await listed()).split('\n')
    expect(head).toMatch(/^session +name +method +rounds +accuracy +started +state$/)
    expect(line).toContain(`${summary.session}  two phones  cooper  2 `)

    // What was trained, as a checkpoint of its own, is measured as it was measured at the end of the session.
    const main = join(root, 'src-main/shells/cli/main.ts')
    await node(main, 'export', summary.session, '--merged', 'merged', '--store', 'lab.db')
    const evaluated = await node(main, 'eval', '--model', 'merged', '--data', 'test.tsv', '--max-length', '12', '--json')
    const whole = JSON.parse(evaluated.stdout.trimEnd().split('\n').at(-1)!) as { accuracy: number; loss: number; rows: number }
    expect(whole).toMatchObject({ rows: 45, accuracy: summary.finalAccuracy })
    expect(whole.loss).toBeCloseTo(summary.history.at(-1)!.loss, 5)
  })
})

describe('sessions', () => {
  it('names a store that does not exist and makes none', async () => {
    await expect(listed()).rejects.toThrow(`${join(folder, 'lab.db')}: no store;`)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('several processes', () => {
  it('make one store and write a session each at the same time', async () => {
    const ids = ['a', 'b', 'c']
    const writer = join(import.meta.dirname, 'writer.ts')
    await Promise.all(ids.map((id) => node(writer, join(folder, 'lab.db'), id, '60')))
    const store = openStore(join(folder, 'lab.db'))
    expect(
      store
        .sessions()
        .map(({ id, state, rounds }) => [id, state, rounds].join(' '))
        .sort(),
    ).toEqual(ids.map((id) => `${id} finished 60`))
    for (const id of ids) expect([...store.events(id)]).toEqual(sampleSession(id, 60))
    store.close()
  })
})
