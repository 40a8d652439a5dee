/** The cloud's public examples, in the conditions the method is measured under: as good as the private data, or worse. */
import { InputError } from '#shared/errors/input-error.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'

/**
 * same: drawn like the private data · label: class 0 makes up 70 % · domain: from other texts, with their own labels · random: labels say
 * nothing about the texts · flipped: every class is called by the name of another, as an adversary would.
 */
type PublicCondition = 'same' | 'label' | 'domain' | 'random' | 'flipped'

export interface PublicRequest {
  /** The row numbers that may become public. */
  readonly pool: Int32Array
  /** The class index of each row, by row number. */
  readonly labels: Int32Array
  /** The number of classes, at least 2. */
  readonly classes: number
  /** The most public rows. @default no limit */
  readonly rows?: number | undefined
  readonly condition: PublicCondition
  /** Part of the labels, rounded to whole ones, replaced by one of the other classes, at random. @default 0 */
  readonly noise?: number | undefined
  readonly seed: number
}

interface PublicExamples {
  /** The chosen row numbers, ascending. */
  readonly rows: Int32Array
  /** The label the cloud believes, parallel to `rows`. */
  readonly labels: Int32Array
}

const FIRST_CLASS_SHARE = 0.7

export function publicExamples(request: PublicRequest): PublicExamples {
  const { labels, classes, condition, seed } = request
  const stream = new Stream(deriveKey(seed, 'data', 'public', condition))
  const pool = stream.shuffle([...request.pool])
  const limit = request.rows ?? pool.length
  const chosen = condition === 'label' ? labelShifted(pool, labels, classes, limit) : pool.slice(0, limit)
  const rows = Int32Array.from(chosen).sort()
  const believed = beliefs(condition, classes, stream)
  return {
    rows,
    labels: withNoise(
      rows.map((row) => believed(labels[row]!)),
      classes,
      request.noise ?? 0,
      stream,
    ),
  }
}

/** Maps a row's class to the class that the cloud is told. */
function beliefs(condition: PublicCondition, classes: number, stream: Stream): (label: number) => number {
  if (condition === 'random') return () => stream.below(classes)
  if (condition !== 'flipped') return (label) => label
  const others = derangement(classes, stream)
  return (label) => others[label]!
}

/** Draws a permutation of 0..count-1 without fixed points, all equally likely; about one shuffle in e has none. */
function derangement(count: number, stream: Stream): number[] {
  for (;;) {
    const order = stream.shuffle(Array.from({ length: count }, (_, index) => index))
    if (order.every((to, from) => to !== from)) return order
  }
}

/** Takes as many rows as let class 0 have 70 % of them, while the other classes take turns for the rest until one runs out. */
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
  const noisy = labels.slice()
  const positions = stream.shuffle(Array.from(labels.keys())).slice(0, Math.round(noise * labels.length))
  for (const position of positions) noisy[position] = (labels[position]! + 1 + stream.below(classes - 1)) % classes
  return noisy
}
