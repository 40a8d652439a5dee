/** The cloud's public examples, in the conditions the method is measured under: as good as the private data, or worse. */
import { InputError } from '#shared/errors/input-error.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'
import { splitPublic } from './splits.ts'

/** same: drawn like the private data · label: class 0 makes up 70 % · random: labels say nothing about the texts. */
export type PublicCondition = 'same' | 'label' | 'random'

export interface PublicRequest {
  /** Class indices of all training rows, shape [rows]. */
  readonly labels: Int32Array
  readonly classes: number
  /** Part of the training rows that is public; the private rows are those of `splitPublic` with the same share and seed. */
  readonly share: number
  /** At most this many public rows. @default no limit */
  readonly rows?: number | undefined
  readonly condition: PublicCondition
  /** Part of the labels replaced by one of the other classes, at random. @default 0 */
  readonly noise?: number | undefined
  readonly seed: number
}

export interface PublicExamples {
  /** Row numbers in the training table, ascending. */
  readonly rows: Int32Array
  /** The label the cloud believes, parallel to `rows`. */
  readonly labels: Int32Array
}

const FIRST_CLASS_SHARE = 0.7

export function publicExamples(request: PublicRequest): PublicExamples {
  const { labels, classes, share, condition, seed } = request
  const stream = new Stream(deriveKey(seed, 'data', 'public', condition))
  const pool = stream.shuffle([...splitPublic(labels.length, share, seed).publicRows])
  const limit = request.rows ?? pool.length
  const chosen = condition === 'label' ? labelShifted(pool, labels, classes, limit) : pool.slice(0, limit)
  const rows = Int32Array.from(chosen).sort()
  const believed = rows.map((row) => (condition === 'random' ? stream.below(classes) : (labels[row] ?? 0)))
  return { rows, labels: withNoise(believed, classes, request.noise ?? 0, stream) }
}

/** As many rows as give class 0 its 70 %, the other classes taking turns for the rest until one runs out. */
function labelShifted(pool: readonly number[], labels: Int32Array, classes: number, limit: number): number[] {
  const byClass = Array.from({ length: classes }, (_, index) => pool.filter((row) => labels[row] === index))
  const first = byClass[0] ?? []
  const others = takingTurns(byClass.slice(1))
  if (pool.length > 0 && (first.length === 0 || others.length === 0)) {
    throw new InputError(
      'data.public',
      `${first.length} of ${pool.length} public rows in class 0`,
      'rows of class 0 and of others for a label shift',
    )
  }
  const total = Math.min(limit, first.length / FIRST_CLASS_SHARE, others.length / (1 - FIRST_CLASS_SHARE))
  const firstCount = Math.min(first.length, Math.max(1, Math.round(total * FIRST_CLASS_SHARE)))
  const otherCount = Math.min(others.length, Math.max(0, Math.floor(total) - firstCount))
  return [...first.slice(0, firstCount), ...others.slice(0, otherCount)]
}

function takingTurns(groups: readonly (readonly number[])[]): number[] {
  const longest = groups.reduce((most, group) => Math.max(most, group.length), 0)
  const order: number[] = []
  for (let turn = 0; turn < longest; turn++) {
    for (const group of groups) if (turn < group.length) order.push(group[turn] as number)
  }
  return order
}

function withNoise(labels: Int32Array, classes: number, noise: number, stream: Stream): Int32Array {
  if (!(noise >= 0 && noise <= 1)) throw new InputError('data.public.noise', `${noise}`, 'a number from 0 to 1')
  if (noise === 0 || classes < 2) return labels
  return labels.map((label) => (stream.uniform() < noise ? (label + 1 + stream.below(classes - 1)) % classes : label))
}
