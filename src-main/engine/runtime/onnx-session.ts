/** ONNX Runtime sessions of our graphs: one thread, no telemetry, weights read in place. */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { type Graph } from '../onnx/graph.ts'
import { requiredInputs, serialise } from '../onnx/serialise.ts'

/** float32, int64, float16 as its bits, int8, packed int4. */
type Feed = Float32Array | BigInt64Array | Uint16Array | Int8Array | Uint8Array
export type Feeds = Readonly<Record<string, { readonly data: Feed; readonly dims: readonly number[] }>>
export type Results = Readonly<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>

/** A graph that can be run. Outputs are fresh arrays that the caller owns. */
export class GraphSession implements Disposable {
  readonly name: string
  private readonly session: InferenceSession
  private readonly inputs: readonly string[]
  private readonly tensor: typeof Tensor

  private constructor(name: string, session: InferenceSession, inputs: readonly string[], tensor: typeof Tensor) {
    this.name = name
    this.session = session
    this.inputs = inputs
    this.tensor = tensor
  }

  /** @param optimised true if ONNX Runtime may rearrange the graph, which must not change the result */
  static async create(graph: Graph, name: string, optimised = true): Promise<GraphSession> {
    // Read when the library loads; phones and researchers' machines don't phone home.
    process.env['ORT_DISABLE_TELEMETRY'] = '1'
    const runtime = await import('onnxruntime-node')
    const session = await runtime.InferenceSession.create(serialise(graph, name), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: optimised ? 'all' : 'disabled',
      // An arena without planned patterns: shapes vary between chunks, and without the arena the heap fragments.
      enableCpuMemArena: true,
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
    return new GraphSession(name, session, requiredInputs(graph), runtime.Tensor)
  }

  /**
   * Runs on `feeds`; entries that the graph doesn't need are ignored.
   * @param into outputs to write into these arrays instead of fresh ones @throws naming a missing input
   */
  async run(feeds: Feeds, into: Feeds = {}): Promise<Results> {
    const tensors: Record<string, Tensor> = {}
    for (const name of this.inputs) {
      const feed = feeds[name]
      if (!feed) throw new Error(`graph ${this.name} needs ${name}`)
      tensors[name] = this.tensorOf(feed)
    }
    const fresh = await this.fresh(tensors, into)
    collectOutputs()
    return { ...fresh, ...(into as Results) }
  }

  /** Collects the outputs that have no place in `into`; the runtime's copies of the others are dropped here. */
  private async fresh(tensors: Record<string, Tensor>, into: Feeds): Promise<Results> {
    const results = (await this.session.run(tensors, this.fetches(into))) as unknown as Results
    return Object.fromEntries(Object.entries(results).filter(([name]) => !(name in into)))
  }

  private tensorOf({ data, dims }: Feeds[string]): Tensor {
    if (data instanceof Float32Array) return new this.tensor('float32', data, dims)
    if (data instanceof Uint8Array) return new this.tensor('uint8', data, dims)
    if (data instanceof Int8Array) return new this.tensor('int8', data, dims)
    // The constructor would ask for a Float16Array, which the runtime's binding doesn't read.
    if (data instanceof Uint16Array) return { type: 'float16', data, dims, location: 'cpu' } as unknown as Tensor
    return new this.tensor('int64', data, dims)
  }

  private fetches(into: Feeds): Record<string, Tensor | null> {
    const fetches: Record<string, Tensor | null> = Object.fromEntries(this.session.outputNames.map((name) => [name, null]))
    for (const [name, { data, dims }] of Object.entries(into)) fetches[name] = new this.tensor('float32', data as Float32Array, dims)
    return fetches
  }

  [Symbol.dispose](): void {
    void this.session.release()
  }
}

const RUNS_PER_MAJOR_COLLECTION = 256
let runs = 0

/**
 * ONNX Runtime keeps a second copy of every output until a minor collection; half a millisecond saves megabytes. What a collection
 * meets alive twice it takes for old, so now and then a whole one must follow, or that garbage grows by 15 MB before V8 minds.
 */
function collectOutputs(): void {
  const collect = globalThis.gc as ((options: { type: 'minor' | 'major' }) => void) | undefined
  runs++
  collect?.({ type: runs % RUNS_PER_MAJOR_COLLECTION === 0 ? 'major' : 'minor' })
}
