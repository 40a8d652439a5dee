/** PyTorch as a peer: a Python process that holds the same model and does the same work when it is asked, so that both are timed in turn. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { scratchFolder } from '#main/machine/scratch.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { elementCount } from '#main/engine/onnx/graph.ts'
import { type TensorToWrite, writeSafetensors } from '#main/models/safetensors/write.ts'
import type { OpenedModel } from './opened-model.ts'
import { LORA } from './workload.ts'

interface PeerAnswer {
  /** Processor time of the Python process. */
  readonly seconds: number
  readonly loss: number
  /** Euclidean length of the gradient, where it was asked for. */
  readonly gradientNorm?: number
}

export interface PeerVersion {
  readonly torch: string
  /** File name of the library that multiplies its matrices. */
  readonly blas: string
}

/** The first that has PyTorch is taken: the user's own, else the system's. */
const PYTHONS = ['python3', '/usr/bin/python3']

/** The peer computes with one thread, like the lab. */
const THREADS = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }

export class TorchPeer implements Disposable {
  readonly version: PeerVersion
  private readonly child: ChildProcess
  private readonly answers: AsyncIterator<string>

  private constructor(child: ChildProcess, answers: AsyncIterator<string>, version: PeerVersion) {
    this.child = child
    this.answers = answers
    this.version = version
  }

  /** @param script path of the peer's program @returns where there is no peer: why, in a clause */
  static async start(script: string, opened: OpenedModel): Promise<TorchPeer | string> {
    if (!existsSync(script)) return 'the lab was not started from its source, which has the script'
    using folder = scratchFolder(tmpdir(), 'peer')
    const refusals: string[] = []
    const tensors = join(folder.path, 'tensors.safetensors')
    writeSafetensors(tensors, tensorsOf(opened))
    for (const python of PYTHONS) {
      const peer = await startWith(python, script, workOf(opened, tensors))
      if (typeof peer !== 'string') return new TorchPeer(peer.child, peer.answers, peer.version)
      refusals.push(`${python}: ${peer}`)
    }
    return refusals.join('; ')
  }

  /** @throws RunFailed if the process ended */
  async do(task: 'forward' | 'gradient'): Promise<PeerAnswer> {
    this.child.stdin!.write(`${task}\n`)
    const { done, value } = await this.answers.next()
    if (done) throw new RunFailed(`the PyTorch peer ended while it was asked for the ${task}`)
    return JSON.parse(value) as PeerAnswer
  }

  [Symbol.dispose](): void {
    this.child.kill()
  }
}

type Started = { readonly child: ChildProcess; readonly answers: AsyncIterator<string>; readonly version: PeerVersion }

/** @returns the last line of its error output if it ended before it answered */
async function startWith(python: string, script: string, work: object): Promise<Started | string> {
  const child = spawn(python, [script], { env: { ...process.env, ...THREADS }, windowsHide: true })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => {})
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  for (const part of [child, child.stdout, child.stderr]) part.on('error', () => {})
  const failed = once(child, 'error').then(([error]) => (error as Error).message)
  const closed = once(child, 'close').then(() => stderr.trimEnd().split('\n').at(-1) || 'ended without a word')
  failed.catch(() => {})
  child.stdin.write(`${JSON.stringify(work)}\n`)
  const first = await Promise.race([answers.next(), failed])
  if (typeof first === 'string') return first
  if (first.done) return closed
  return { child, answers, version: JSON.parse(first.value) as PeerVersion }
}

function workOf({ model, batch }: OpenedModel, tensors: string): object {
  const ids = Array.from({ length: batch.sequences }, (_, n) => [...batch.ids.subarray(n * batch.tokens, (n + 1) * batch.tokens)])
  const { rank, alpha } = LORA
  return { checkpoint: model.directory, tensors, rank, alpha, ids, labels: Array.from(batch.labels, Number) }
}

/** Returns the tensors that the peer can't read from the checkpoint: trainable ones, and the pooler, which may have been drawn. */
function tensorsOf({ model, layout, replica }: OpenedModel): [string, TensorToWrite][] {
  const { architecture, config } = model
  const pooler = architecture.poolerWeights(config).map(({ name, shape }): [string, TensorToWrite] => {
    const data = new Float32Array(elementCount(shape))
    model.read(name, data)
    return [architecture.prefix + name, { dtype: 'F32', shape, data }]
  })
  const trained = layout.parameters.map(({ name, offset, size, rows, columns }): [string, TensorToWrite] => {
    return [name, { dtype: 'F32', shape: [rows, columns], data: replica.values.slice(offset, offset + size) }]
  })
  return [...pooler, ...trained]
}
