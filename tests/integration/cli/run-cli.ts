/** Runs the real command line in a process of its own, in a temporary folder with small checkpoints made from the recorded oracle. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSafetensors } from '../../../src-main/models/safetensors/read.ts'
import { type TensorToWrite, writeSafetensors } from '../../../src-main/models/safetensors/write.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const MAIN = join(ROOT, 'src-main', 'shells', 'cli', 'main.ts')
export const oracles = join(ROOT, 'tests', 'oracles')

export interface CliOutcome {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** @param nodeArguments go before the program @param more of the environment */
export function runCli(
  cwd: string,
  words: readonly string[],
  nodeArguments: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
): Promise<CliOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<CliOutcome>()
  // npm sets INIT_CWD to where the tests were started. Stripping the types anew would take longer than most commands.
  const env = { ...process.env, INIT_CWD: cwd, NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'cooperlab', 'compile'), ...more }
  const child = spawn(process.execPath, [...nodeArguments, MAIN, ...words], { cwd, env })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text))
  child.on('error', reject).on('close', (code) => resolve({ code, ...output }))
  return promise
}

/** The object that --json puts on the last line of stdout; throws with all output if the command failed. */
export function jsonOf<T>({ code, stdout, stderr }: CliOutcome): T {
  if (code !== 0) throw new Error(`exit code ${code}\n${stdout}${stderr}`)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as T
}

export interface Workspace extends Disposable {
  readonly directory: string
  path(...names: string[]): string
  /** Writes a file and returns its name. */
  file(name: string, content: string | Uint8Array): string
}

export function workspace(): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'cooperlab-cli-'))
  const path = (...names: string[]): string => join(directory, ...names)
  return {
    directory,
    path,
    file(name, content) {
      mkdirSync(join(path(name), '..'), { recursive: true })
      writeFileSync(path(name), content)
      return name
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export interface CheckpointChanges {
  readonly from?: 'bert-tiny' | 'bert-tiny-fp16'
  /** Keys of config.json to replace; undefined takes one out. */
  readonly config?: Readonly<Record<string, unknown>>
  /** New name of a tensor, or null to leave it out. */
  readonly rename?: (name: string) => string | null
  /** Stored as float32, whatever the original's type. */
  readonly widen?: boolean
}

/**
 * Writes a copy of a recorded checkpoint whose tokenizer reads the word `w17` as token 17, so that any row of ids can be written as a
 * text, and returns its name.
 */
export function checkpoint({ path, file }: Workspace, name: string, changes: CheckpointChanges = {}): string {
  const original = join(oracles, changes.from ?? 'bert-tiny')
  cpSync(original, path(name), { recursive: true })
  const json = (part: string): Record<string, unknown> => JSON.parse(readFileSync(join(original, part), 'utf8')) as Record<string, unknown>
  file(join(name, 'config.json'), JSON.stringify({ ...json('config.json'), ...changes.config }))
  const tokenizer = json('tokenizer.json') as { model: { vocab: Record<string, number> } }
  const words = Object.entries(tokenizer.model.vocab).map(([word, id]) => [word.startsWith('[') ? word : `w${id}`, id])
  tokenizer.model.vocab = Object.fromEntries(words) as Record<string, number>
  file(join(name, 'tokenizer.json'), JSON.stringify(tokenizer))
  if (changes.rename || changes.widen) rewrite(join(original, 'model.safetensors'), path(name, 'model.safetensors'), changes)
  return name
}

function rewrite(from: string, to: string, { rename = (name) => name, widen = false }: CheckpointChanges): void {
  using source = openSafetensors(from)
  const tensors: [string, TensorToWrite][] = []
  for (const [name, { dtype, shape, byteLength }] of source.tensors) {
    const renamed = rename(name)
    if (renamed === null) continue
    if (widen) {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1))
      source.readFloats(name, data)
      tensors.push([renamed, { dtype: 'F32', shape, data }])
    } else {
      const data = new Uint8Array(byteLength)
      source.readInto(name, data)
      tensors.push([renamed, { dtype, shape, data }])
    }
  }
  writeSafetensors(to, tensors)
}

interface RecordedTensor {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

interface Recorded {
  readonly logits: readonly (readonly number[])[]
  readonly losses: readonly number[]
  readonly loss: number
}

/** What PyTorch said about bert-tiny (tests/oracles/record.py). */
export const oracle = JSON.parse(readFileSync(join(oracles, 'bert-tiny.json'), 'utf8')) as {
  readonly batch: {
    readonly inputIds: readonly (readonly number[])[]
    readonly mask: readonly (readonly number[])[]
    readonly labels: readonly number[]
  }
  readonly classification: Recorded & { readonly gradients: Readonly<Record<string, RecordedTensor>> }
  readonly halfPrecision: Recorded
}

/** The recorded batch as the lines of a file without a header: text, tab, label word. */
export function oracleRows(): string[] {
  const { inputIds, mask, labels } = oracle.batch
  return inputIds.map((ids, row) => {
    const inner = ids.filter((_, i) => mask[row]![i] === 1).slice(1, -1)
    return `${inner.map((id) => `w${id}`).join(' ')}\t${['low', 'middle', 'high'][labels[row]!]}`
  })
}
