/**
 * Tries each native module the lab depends on in a Node process of its own, because a binary that doesn't fit the machine doesn't
 * throw: it ends the process.
 */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { childEnvironment } from '#main/machine/child-environment.ts'
import { type ScratchFolder, scratchFolder } from '#main/machine/scratch.ts'
import { exitReason } from './exit-reason.ts'

const run = promisify(execFile)
const resolve = createRequire(import.meta.url).resolve

export interface NativeModule {
  name: string
  /** The version of the installed package; null if it isn't installed. */
  version: string | null
  /** True if the module was loaded and did real work. */
  ok: boolean
  /** Why the module doesn't work, as a clause; absent if it does. */
  why?: string
}

// An ONNX model of one node, y = x + x, float32[2], opset 13.
const additionModel = 'CAg6NQoOCgF4CgF4EgF5IgNBZGQSAWdaDwoBeBIKCggIARIECgIIAmIPCgF5EgoKCAgBEgQKAggCQgQKABAN'

/** The CommonJS program that tries each module: it gets the module's file in `MODULE` and must print `ok`. */
const exercises = {
  'better-sqlite3': `
    const database = new (require(process.env.MODULE))(':memory:')
    const row = database.prepare('select sum(value) as total from json_each(?)').get('[1,2,3]')
    if (row.total !== 6) throw new Error('SQLite computed ' + row.total + ' instead of 6')
    console.log('ok')`,
  koffi: `
    const koffi = require(process.env.MODULE)
    const ask = process.platform === 'win32'
      ? koffi.load('kernel32.dll').func('uint32_t __stdcall GetCurrentProcessId()')
      : koffi.load(null).func('int getpid()')
    if (ask() !== process.pid) throw new Error('the system says process ' + ask() + ' instead of ' + process.pid)
    console.log('ok')`,
  tokenizers: `
    const { Tokenizer } = require(process.env.MODULE)
    const model = { type: 'WordLevel', vocab: { a: 0, b: 1 }, unk_token: 'a' }
    const tokenizer = Tokenizer.fromString(JSON.stringify({ pre_tokenizer: { type: 'WhitespaceSplit' }, model }))
    tokenizer.encode('b a').then((row) => {
      if (String(row.getIds()) !== '1,0') throw new Error('the tokenizer gave ' + row.getIds() + ' instead of 1,0')
      console.log('ok')
    })`,
  'onnxruntime-node': `
    const ort = require(process.env.MODULE)
    ort.InferenceSession.create(Buffer.from('${additionModel}', 'base64'), { intraOpNumThreads: 1 })
      .then((session) => session.run({ x: new ort.Tensor('float32', [1, 2], [2]) }))
      .then(({ y }) => {
        if (String(y.data) !== '2,4') throw new Error('ONNX Runtime computed ' + y.data + ' instead of 2,4')
        console.log('ok')
      })`,
}

type NativeModuleName = keyof typeof exercises

export async function tryNativeModule(name: NativeModuleName, nodeBinary: string, extraEnv: NodeJS.ProcessEnv = {}): Promise<NativeModule> {
  let file: string
  try {
    file = resolve(name)
  } catch {
    return { name, version: null, ok: false, why: 'it is not installed' }
  }
  const found = { name, version: packageVersion(file, name) }
  try {
    const env = { ...childEnvironment(), ...extraEnv, MODULE: file }
    const { stdout } = await run(nodeBinary, ['--input-type=commonjs', '-e', exercises[name]], { env, timeout: 10_000, windowsHide: true })
    return stdout.trim() === 'ok' ? { ...found, ok: true } : { ...found, ok: false, why: 'it ended without doing its work' }
  } catch (error) {
    return { ...found, ok: false, why: wayItEnded(error) }
  }
}

/**
 * Runs ONNX Runtime as a worker does and, where it can be seen, looks whether its telemetry came to life: on Linux it leaves its
 * files under the home directory at once, so it is given an empty one.
 */
export async function tryOnnxRuntime(nodeBinary: string): Promise<NativeModule & { telemetry: 'off' | 'on' }> {
  let folder: ScratchFolder
  try {
    folder = scratchFolder(tmpdir(), 'doctor')
  } catch (error) {
    return {
      name: 'onnxruntime-node',
      version: null,
      ok: false,
      why: `no temporary directory: ${(error as Error).message}`,
      telemetry: 'off',
    }
  }
  const home = folder.path
  try {
    const env = { ORT_DISABLE_TELEMETRY: '1', HOME: home, XDG_CACHE_HOME: join(home, '.cache') }
    const found = await tryNativeModule('onnxruntime-node', nodeBinary, env)
    return { ...found, telemetry: readdirSync(home).length === 0 ? 'off' : 'on' }
  } finally {
    folder[Symbol.dispose]()
  }
}

function wayItEnded(error: unknown): string {
  const { code, signal, stderr, message } = error as { code?: unknown; signal?: string | null; stderr?: string; message?: string }
  if (typeof code === 'string') return `Node could not be started (${code})`
  const facts = { code: typeof code === 'number' ? code : null, signal: signal ?? null, stderrTail: stderr ?? message ?? '' }
  return exitReason({ ...facts, stoppedByCap: false, capApplied: false }).words
}

/** Returns the version in the package.json of the package that `file` belongs to. */
function packageVersion(file: string, name: string): string | null {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (!existsSync(manifest)) continue
    const described = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string }
    if (described.name === name) return described.version ?? null
  }
  return null
}
