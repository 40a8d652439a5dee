/**
 * Exact search for allocations with less than a given error: dynamic programming over (bytes sent, error) after each layer. A pair is dropped if another
 * is better in both, or if it can't end below the given error. The layers after l add at least the Lagrangian bound
 *
 *     sum_{j > l} min_c (error_jc + mu_j bytes_jc) - sum_{k > l} lambda_k (budget_k - sent_l),   lambda_k = mu_k - mu_{k+1} >= 0
 *
 * with the prices mu of the relaxed problem, in which steps may be taken in part; a greedy ascent solves it, since deadlines are nested.
 */

/** The allocation problem as plain numbers, since a decision looks at them some ten thousand times. */
export interface Problem {
  readonly budgets: readonly number[]
  /** The bytes of each choice, by layer. */
  readonly bytes: readonly (readonly number[])[]
  readonly errors: readonly (readonly number[])[]
}

/** The number of partial allocations from which the search gives up, so that no decision takes long. */
const MOST_PARTIAL = 500

interface Partial {
  readonly sent: number
  readonly error: number
  readonly level: number
  readonly before: Partial | null
}

/** @returns the allocation of least error below `limit`; null if there is none, or too much to search */
export function searchBelow(problem: Problem, limit: number): number[] | null {
  const { budgets, bytes, errors } = problem
  const count = budgets.length
  const mu = [...prices(problem), 0]
  /** The part of the lower bound that the layers from each one on contribute, whatever was sent before. */
  const rest = Array<number>(count + 1).fill(0)
  for (let l = count - 1; l >= 0; l--) {
    const cheapest = errors[l]!.reduce((least, error, c) => Math.min(least, error + mu[l]! * bytes[l]![c]!), Infinity)
    rest[l] = rest[l + 1]! + cheapest - (mu[l]! - mu[l + 1]!) * budgets[l]!
  }
  let front: Partial[] = rest[0]! < limit ? [{ sent: 0, error: 0, level: -1, before: null }] : []
  for (let l = 0; l < count && front.length > 0; l++) {
    const reached: Partial[] = []
    for (const before of front) {
      for (let level = 0; level < bytes[l]!.length; level++) {
        const sent = before.sent + bytes[l]![level]!
        if (sent > budgets[l]!) break
        const error = before.error + errors[l]![level]!
        if (error + mu[l + 1]! * sent + rest[l + 1]! < limit) reached.push({ sent, error, level, before })
      }
    }
    if (reached.length > MOST_PARTIAL) return null
    reached.sort((a, b) => a.sent - b.sent || a.error - b.error)
    front = []
    for (const partial of reached) if (partial.error < (front.at(-1)?.error ?? Infinity)) front.push(partial)
  }
  const levels: number[] = []
  for (let partial = front.at(-1) ?? null; partial?.before; partial = partial.before) levels.push(partial.level)
  return levels.length === 0 ? null : levels.reverse()
}

/** Returns for each layer the error that one more byte would save in the relaxed problem; the prices never rise from layer to layer. */
function prices(problem: Problem): number[] {
  const { budgets, bytes } = problem
  const levels = budgets.map(() => 0)
  /** The bytes of each layer's step that was taken in part. */
  const parts = budgets.map(() => 0)
  const mu = budgets.map((): number | null => null)
  for (;;) {
    let best = -1
    let value = -1
    for (let l = 0; l < levels.length; l++) {
      if (mu[l] !== null || levels[l]! + 1 === bytes[l]!.length) continue
      const own = stepValue(problem, l, levels[l]!)
      if (own > value) [best, value] = [l, own]
    }
    if (best < 0) return mu.map((price) => price ?? 0)
    let sent = 0
    let [tightest, slack] = [-1, Infinity]
    for (let l = 0; l < levels.length; l++) {
      sent += bytes[l]![levels[l]!]! + parts[l]!
      if (l >= best && budgets[l]! - sent <= slack) [tightest, slack] = [l, budgets[l]! - sent]
    }
    if (bytes[best]![levels[best]! + 1]! - bytes[best]![levels[best]!]! <= slack) {
      levels[best] = levels[best]! + 1
      continue
    }
    parts[best] = slack
    for (let l = 0; l <= tightest; l++) mu[l] ??= value
  }
}

/** Returns the error that the next step of a layer saves per byte. */
export function stepValue({ bytes, errors }: Problem, layer: number, level: number): number {
  const more = bytes[layer]![level + 1]! - bytes[layer]![level]!
  return (errors[layer]![level]! - errors[layer]![level + 1]!) / Math.max(more, Number.MIN_VALUE)
}

export function errorOf({ errors }: Problem, chosen: readonly number[]): number {
  let sum = 0
  for (let l = 0; l < chosen.length; l++) sum += errors[l]![chosen[l]!]!
  return sum
}

/** Returns the bytes that may be added to each layer without missing its own deadline or that of a later layer. */
export function slackBytes({ budgets, bytes }: Problem, chosen: readonly number[]): number[] {
  let sent = 0
  const slack = chosen.map((level, l) => budgets[l]! - (sent += bytes[l]![level]!))
  for (let l = slack.length - 2; l >= 0; l--) slack[l] = Math.min(slack[l]!, slack[l + 1]!)
  return slack
}
