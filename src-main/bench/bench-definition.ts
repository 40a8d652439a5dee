/** The interface of a bench: one question about time or memory, answered by measuring on this machine, on the same work, in one run. */
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os'
import manifest from '../../package.json' with { type: 'json' }
import type { Resources } from '#main/machine/resources.ts'

export interface BenchRequest {
  readonly resources: Resources
  /** Absolute path of the checkpoint to measure instead of those the bench chooses. */
  readonly checkpoint: string | null
  /** Little work: shows that the bench runs, not what the machine can do. */
  readonly quick: boolean
  /** Values of the bench's own options, as given. */
  readonly options: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Relative paths among them are relative to it. */
  readonly cwd: string
  /** Aborted when the bench should end soon, with the results it has. */
  readonly signal: AbortSignal
  readonly onProgress: (line: string) => void
}

interface BenchOption {
  readonly type: 'string'
  /** The placeholder for the value in the help. */
  readonly value: string
  readonly multiple?: boolean
}

/** A cell is a number with its unit written out, or words. */
export interface BenchTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

interface BenchResult {
  /** Plain JSON: every figure with its unit in its name. */
  readonly results: object
  readonly table: BenchTable
  /** Explanations of the figures, a line each. */
  readonly notes: readonly string[]
  /** The signal was aborted before all was measured. */
  readonly interrupted?: boolean
}

export interface Bench {
  readonly name: string
  /** Options beside those of every bench. */
  readonly options?: Readonly<Record<string, BenchOption>>
  /** True if the bench heeds the signal of its request. */
  readonly interruptible?: boolean
  run(request: BenchRequest): Promise<BenchResult>
}

/** The machine that figures were measured on; they mean nothing without it. */
export interface BenchMachine {
  readonly processor: string
  readonly cores: number
  readonly memoryBytes: number
  readonly platform: string
  readonly node: string
  readonly onnxruntime: string
  readonly lab: string
}

export function thisMachine(): BenchMachine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${platform()} ${arch()}`,
    node: process.versions.node,
    onnxruntime: manifest.dependencies['onnxruntime-node'],
    lab: manifest.version,
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
