/** All benches. */
import { InputError } from '#shared/errors/input-error.ts'
import type { Bench } from './bench.ts'
import { kernelsBench } from './kernels.ts'
import { memoryBench } from './memory.ts'
import { sweepBench } from './sweep.ts'

export const benches: readonly Bench[] = [kernelsBench, memoryBench, sweepBench]

/** @throws InputError listing the names */
export function benchNamed(name: string): Bench {
  const bench = benches.find((b) => b.name === name)
  if (!bench) throw new InputError('bench', `"${name}"`, `one of ${benches.map((b) => b.name).join(', ')}`)
  return bench
}
