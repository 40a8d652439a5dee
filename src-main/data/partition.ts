/** Deals the private rows out to the phones: which phone holds which examples. */
import { InputError } from '#shared/errors/input-error.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'
import { byClass, byQuantity, dirichlet } from './partition/dirichlet.ts'
import { byShard } from './partition/by-shard.ts'

export type PartitionSpec =
  /** Like content and equal sizes (within one row). */
  | { readonly kind: 'iid' }
  /** Each class is spread over the phones by its own Dirichlet(alpha): small alpha, few classes per phone. */
  | { readonly kind: 'dirichlet'; readonly alpha: number }
  /** Each phone holds at most `labelsPerPhone` classes, in shards of like size. */
  | { readonly kind: 'label'; readonly labelsPerPhone: number }
  /** Like content; sizes by Dirichlet(alpha). */
  | { readonly kind: 'quantity'; readonly alpha: number }
  /** Each phone holds the rows of one file. */
  | { readonly kind: 'files' }

/**
 * Positions 0..labels.length-1, each on exactly one of `phones` phones, ascending within a phone. Every phone gets at least
 * `minimum` rows; rows it lacks come from the phone that has most at the time.
 * @param origins the file that each row comes from, for the kind that goes by files
 * @throws InputError if there are too few rows, or the spec can't be met
 */
export function partition(
  labels: Int32Array,
  phones: number,
  spec: PartitionSpec,
  seed: number,
  minimum = 1,
  origins?: Int32Array,
): Int32Array[] {
  if (!Number.isInteger(phones) || phones < 1) throw new InputError('fleet', `${phones} phones`, 'at least one phone')
  const needed = phones * Math.max(1, minimum)
  if (labels.length < needed) {
    throw new InputError(
      'data.partition',
      `${labels.length} private rows for ${phones} phones`,
      `at least ${needed} rows (more data or fewer phones)`,
    )
  }
  if (spec.kind === 'files') return byFile(phones, origins)
  const stream = new Stream(deriveKey(seed, 'data', 'partition', spec.kind))
  const parts = dealt(labels, phones, spec, stream)
  topUp(parts, Math.max(1, minimum))
  return parts.map((part) => Int32Array.from(part).sort())
}

function dealt(labels: Int32Array, phones: number, spec: Exclude<PartitionSpec, { kind: 'files' }>, stream: Stream): number[][] {
  switch (spec.kind) {
    case 'iid':
      return byQuantity(labels.length, new Float64Array(phones).fill(1 / phones), stream)
    case 'quantity':
      return byQuantity(labels.length, dirichlet(phones, checkedAlpha(spec.alpha), stream), stream)
    case 'dirichlet':
      return byClass(labels, phones, checkedAlpha(spec.alpha), stream)
    case 'label':
      return byShard(labels, phones, spec.labelsPerPhone, stream)
  }
}

/** The rows of the first file are the first phone's, and so on; files beyond the phones are left out. */
function byFile(phones: number, origins: Int32Array | undefined): Int32Array[] {
  if (!origins)
    throw new InputError('data.partition.kind', '"files" with one file of rows', 'data.train.path to be a folder with a file per phone')
  return Array.from({ length: phones }, (_, phone) => {
    const own = Int32Array.from([...origins.keys()].filter((row) => origins[row] === phone))
    if (own.length > 0) return own
    const files = new Set(origins).size
    throw new InputError('data.partition', `${files} files with private rows for ${phones} phones`, 'a file with rows for every phone')
  })
}

function checkedAlpha(alpha: number): number {
  if (alpha > 0 && Number.isFinite(alpha)) return alpha
  throw new InputError('data.partition.alpha', `${alpha}`, 'a number above 0')
}

function topUp(parts: number[][], minimum: number): void {
  for (const part of parts) {
    while (part.length < minimum) part.push(largest(parts).pop() as number)
  }
}

function largest(parts: number[][]): number[] {
  return parts.reduce((most, part) => (part.length > most.length ? part : most))
}
