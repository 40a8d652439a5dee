/** The list of all benches. */
import { InputError } from '#shared/errors/input-error.ts'
import type { Bench } from './bench-definition.ts'
import { compressionBench } from './compression/compression-bench.ts'
import { engineBench } from './engine.ts'
import { fleetBench } from './fleet-growth.ts'
import { kernelsBench } from './kernels-bench.ts'
import { largeBench } from './large.ts'
import { memoryBench } from './memory-bench.ts'
import { methodsBench } from './methods/methods-bench.ts'
import { pipelineBench } from './pipeline/pipeline-bench.ts'
import { steadyBench } from './steady.ts'
import { uiBench } from './ui.ts'

export const benches: readonly Bench[] = [
  compressionBench,
  engineBench,
  fleetBench,
  kernelsBench,
  largeBench,
  memoryBench,
  methodsBench,
  pipelineBench,
  steadyBench,
  uiBench,
]

/** @throws InputError listing the names */
export function benchNamed(name: string): Bench {
  const bench = benches.find((b) => b.name === name)
  if (!bench) throw new InputError('bench', `"${name}"`, `one of ${benches.map((b) => b.name).join(', ')}`)
  return bench
}
