/** Pipes, devices, folders and links in circles where a file is expected: each is refused in one line, and nothing waits for whoever would write. */
import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliOutcome, type Workspace, checkpoint, runCli, workspace } from './run-cli.ts'

let place: Workspace
const ODD = ['pipe', 'zero', 'folder', 'circle'] as const

beforeAll(() => {
  place = workspace()
  checkpoint(place, 'model')
  place.file('rows.tsv', 'w1\tlow\n')
  if (process.platform === 'win32') return
  for (const end of ['tsv', 'json', 'cooperlab', 'db', 'parquet']) {
    execFileSync('mkfifo', [place.path(`pipe.${end}`)])
    symlinkSync('/dev/zero', place.path(`zero.${end}`))
    place.file(`folder.${end}/x`, '')
    symlinkSync(`circle.${end}`, place.path(`circle.${end}`))
  }
  for (const odd of ODD) {
    checkpoint(place, `model-${odd}`)
    execFileSync('rm', [place.path(`model-${odd}`, 'tokenizer.json')])
    symlinkSync(place.path(`${odd}.json`), place.path(`model-${odd}`, 'tokenizer.json'))
  }
})
afterAll(() => place[Symbol.dispose]())

const COMMANDS: Readonly<Record<string, (odd: string) => string[]>> = {
  'a scenario': (odd) => ['run', `${odd}.json`],
  'a table': (odd) => ['eval', '--model', 'model', '--data', `${odd}.tsv`],
  'a parquet file': (odd) => ['eval', '--model', 'model', '--data', `${odd}.parquet`],
  'a tokenizer': (odd) => ['eval', '--model', `model-${odd}`, '--data', 'rows.tsv', '--no-header', '--text', '0', '--label', '1'],
  'a store': (odd) => ['sessions', '--store', `${odd}.db`],
  'a session': (odd) => ['import', `${odd}.cooperlab`, '--store', 'lab.db'],
}

test.skipIf(process.platform === 'win32').each(Object.keys(COMMANDS))('in the place of %s', { timeout: 120_000 }, async (what) => {
  const outcomes = await Promise.all(ODD.map((odd): Promise<CliOutcome> => runCli(place.directory, COMMANDS[what]!(odd))))
  for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
    expect({ code, stdout }, `${ODD[i]}: ${stderr}`).toEqual({ code: 2, stdout: '' })
    expect(stderr, ODD[i]).toMatch(/^error: [^\n]+; expected [^\n]+\n$/)
  }
})
