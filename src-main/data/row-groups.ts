/** Rows without classes in groups: a direction for each group says more than one for all, as one for each class does. */
import { Stream, deriveKey } from '#shared/random/counter.ts'

/** The number of buckets that words are counted in. */
const BUCKETS = 256
const ITERATIONS = 10

interface GroupsSpec {
  /** Rows that share words, or any rows. */
  readonly by: 'cluster' | 'batch'
  readonly count: number
}

/** The group of each row, from 0. @param rows token ids @returns the same for the same arguments */
export function rowGroups(rows: readonly Int32Array[], { by, count }: GroupsSpec, seed: number): Int32Array {
  const stream = new Stream(deriveKey(seed, 'data', 'groups', by))
  if (by === 'batch' || rows.length <= count) {
    const order = stream.shuffle([...rows.keys()])
    const groups = new Int32Array(rows.length)
    order.forEach((row, i) => (groups[row] = i % count))
    return groups
  }
  return clusters(rows.map(bag), count, stream)
}

/** k-means (Lloyd 1982) by cosine on counts of words, from rows drawn far apart (Arthur and Vassilvitskii 2007). */
function clusters(points: readonly Float64Array[], count: number, stream: Stream): Int32Array {
  const centres = [points[stream.below(points.length)]!.slice()]
  while (centres.length < count) {
    const distances = points.map((point) => Math.max(0, 1 - Math.max(...centres.map((centre) => product(point, centre)))))
    const total = distances.reduce((sum, d) => sum + d, 0)
    let left = stream.uniform() * total
    const chosen = distances.findIndex((d) => (left -= d) < 0)
    centres.push(points[chosen < 0 ? stream.below(points.length) : chosen]!.slice())
  }
  const groups = new Int32Array(points.length)
  for (let i = 0; i < ITERATIONS; i++) {
    points.forEach((point, row) => {
      const likeness = centres.map((centre) => product(point, centre))
      groups[row] = likeness.indexOf(Math.max(...likeness))
    })
    centres.forEach((centre, group) => {
      centre.fill(0)
      points.forEach((point, row) => {
        if (groups[row] === group) for (let b = 0; b < BUCKETS; b++) centre[b] = centre[b]! + point[b]!
      })
      normalise(centre)
    })
  }
  return groups
}

/** Counts of a row's tokens, of length 1. */
function bag(ids: Int32Array): Float64Array {
  const counts = new Float64Array(BUCKETS)
  for (const id of ids) {
    const bucket = (Math.imul(id, 0x9e3779b1) >>> 24) % BUCKETS
    counts[bucket] = counts[bucket]! + 1
  }
  return normalise(counts)
}

function normalise(values: Float64Array): Float64Array {
  const length = Math.hypot(...values)
  if (length > 0) for (let i = 0; i < values.length; i++) values[i] = values[i]! / length
  return values
}

function product(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0)
}
