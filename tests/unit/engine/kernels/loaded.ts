/** The committed kernels over a fresh arena, for the tests of this folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Arena } from '#main/engine/arena.ts'
import { type Kernels, loadKernels } from '#main/engine/kernels/kernels.ts'
import type { Key } from '#shared/random/counter.ts'

export const projectRoot = join(import.meta.dirname, '../../../..')
export const wasmPath = join(projectRoot, 'resources/kernels.wasm')

export function loaded(bytes: number): { arena: Arena; kernels: Kernels } {
  const arena = new Arena(bytes)
  return { arena, kernels: loadKernels(arena.memory, readFileSync(wasmPath)) }
}

/** z(offset) to z(offset + n - 1), written into a new region of the arena: 0 + 1 z is z. */
export function noise(
  { arena, kernels }: { arena: Arena; kernels: Kernels },
  kind: 'gaussian' | 'rademacher',
  key: Key,
  offset: number,
  n: number,
): Float32Array<ArrayBuffer> {
  const values = arena.floats(n).fill(0)
  const add = kind === 'gaussian' ? kernels.addGaussian : kernels.addRademacher
  add(arena.offsetOf(values), n, 1, key, offset)
  return values
}
