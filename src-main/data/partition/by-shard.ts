/**
 * Shards of one label each, dealt out in turn (after McMahan et al. 2017, arXiv 1602.05629, whose shards may straddle labels). There are
 * phones * labelsPerPhone shards, shared among the classes by size, so each phone gets labelsPerPhone shards; they differ in label
 * unless a class has more shards than there are phones.
 */
import { InputError } from '#shared/errors/input-error.ts'
import type { Stream } from '#shared/random/counter.ts'
import { rowsByClass } from './dirichlet.ts'

export function byShard(labels: Int32Array, phones: number, labelsPerPhone: number, stream: Stream): number[][] {
  const classes = stream.shuffle(rowsByClass(labels))
  const least = Math.ceil(classes.length / phones)
  if (!Number.isInteger(labelsPerPhone) || labelsPerPhone < least) {
    throw new InputError(
      'data.partition.labelsPerPhone',
      `${labelsPerPhone} for ${classes.length} classes on ${phones} phones`,
      `a whole number, at least ${least}`,
    )
  }
  const shards = shardsPerClass(
    classes.map((rows) => rows.length),
    phones * Math.min(labelsPerPhone, classes.length),
  )
  const order = stream.shuffle(Array.from({ length: phones }, (_, phone) => phone))
  const parts: number[][] = Array.from({ length: phones }, () => [])
  let dealt = 0
  for (const [index, rows] of classes.entries()) {
    stream.shuffle(rows)
    const count = shards[index] ?? 1
    for (let shard = 0; shard < count; shard++) {
      const part = parts[order[dealt++ % phones] ?? 0]
      const from = Math.round((shard * rows.length) / count)
      const to = Math.round(((shard + 1) * rows.length) / count)
      for (const row of rows.slice(from, to)) part?.push(row)
    }
  }
  return parts
}

/** Gives each class at least one shard; each further shard goes to the class whose shards are largest. */
function shardsPerClass(sizes: readonly number[], total: number): number[] {
  const counts = sizes.map(() => 1)
  for (let given = sizes.length; given < total; given++) {
    let next = 0
    for (const [index, size] of sizes.entries()) {
      if (size / (counts[index] ?? 1) > (sizes[next] ?? 0) / (counts[next] ?? 1)) next = index
    }
    counts[next] = (counts[next] ?? 1) + 1
  }
  return counts
}
