/**
 * The process that reads: `node child.ts READER SEED INPUTS SECONDS DIRECTORY`. Before each input it leaves it in DIRECTORY/input, so that whoever
 * watches knows what ended it, and tells when it begins and when something is wrong. An answer of a new kind makes its input one to begin with.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { InputError } from '../../src-shared/errors/input-error.ts'
import { Stream, deriveKey } from '../../src-shared/random/counter.ts'
import { pick } from './mutate.ts'
import { READERS } from './readers/index.ts'

export type Told =
  | { readonly began: number }
  | { readonly wrong: string; readonly input: string }
  | { readonly over: number; readonly kinds: number }

/** Kept seeds are read as they are, and nothing else. */
const REPLAY = process.argv[4] === 'replay'
const [name, seed, inputs, seconds, directory] = process.argv.slice(2) as [string, string, string, string, string]
const CORPUS = 400
/** Small inputs are read more often in the same time, and reach as much. */
const CORPUS_BYTES = 2 ** 15
/** A message for each input would take most of the time. */
const TELL_MILLISECONDS = 200

const tell = (told: Told): void => void process.send!(told)
const reader = await READERS[name]!()
const stream = new Stream(deriveKey(Number(seed), 'fuzz', name))
const kept = join(import.meta.dirname, 'seeds', name)
const failures = existsSync(kept) ? readdirSync(kept).map((file) => readFileSync(join(kept, file))) : []
const work = join(directory, 'files')
mkdirSync(work, { recursive: true })
const corpus: Uint8Array[] = REPLAY ? [] : [...reader.seeds()]
const kinds = new Set<string>()
const wrongs = new Set<string>()
let count = 0
let told = 0

/** An answer without what differs from input to input. */
function kindOf(error: unknown): string {
  if (error === undefined) return 'read'
  const text = (error as Error).message ?? String(error)
  return text
    .replace(/"[^"]*"|'[^']*'|[\d.e+-]+/g, '#')
    .replace(/[^\x20-\x7e]+/g, '')
    .slice(0, 100)
}

async function attempt(input: Uint8Array): Promise<void> {
  writeFileSync(join(directory, 'input'), input)
  count++
  if (performance.now() - told > TELL_MILLISECONDS) {
    told = performance.now()
    tell({ began: count })
    // Messages leave between turns of the event loop.
    await setImmediate()
  }
  let refusal: unknown
  try {
    await reader.read(input, work)
  } catch (error) {
    refusal = error
    const right = error instanceof InputError ? !error.message.includes('\n') : reader.refuses?.(error) === true
    if (!right) {
      const where = /at [^\n]*\/src-[^\n]*/.exec((error as Error).stack ?? '')?.[0] ?? ''
      const kind = `${(error as Error).name}: ${kindOf(error)} ${where}`
      if (!wrongs.has(kind))
        tell({
          wrong: `${kind}\n${(error as Error).stack ?? String(error)}`.slice(0, 2000),
          input: Buffer.from(input).toString('base64'),
        })
      wrongs.add(kind)
    }
  }
  const kind = kindOf(refusal)
  if (!kinds.has(kind) && corpus.length < CORPUS && input.length < CORPUS_BYTES) corpus.push(input)
  kinds.add(kind)
}

for (const input of [...failures, ...corpus.slice()]) await attempt(input)
const until = performance.now() + Number(seconds) * 1000
if (!REPLAY) {
  while (count < Number(inputs) && performance.now() < until) {
    let input = [pick(corpus, stream), pick(corpus, stream)].reduce((a, b) => (a.length <= b.length ? a : b))
    for (let steps = 1 + stream.below(3); steps > 0; steps--) input = reader.mutate(input, stream)
    await attempt(input)
  }
}
await reader.close?.()
rmSync(work, { recursive: true, force: true })
process.send!({ over: count, kinds: kinds.size } satisfies Told, () => process.disconnect())
