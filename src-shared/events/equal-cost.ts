/** Compares sessions at equal cost: by the accuracy that each had reached when all had spent the same. */
import type { Measurement } from './session-view.ts'

export interface EqualCost {
  readonly cost: 'forwardPasses' | 'bytes' | 'virtualSeconds'
  readonly amount: number
  /** The last accuracy of each session that was measured within the budget; null before the first measurement. */
  readonly accuracies: readonly (number | null)[]
}

const COSTS: Readonly<Record<EqualCost['cost'], (at: Measurement) => number>> = {
  forwardPasses: ({ forwardPasses }) => forwardPasses,
  bytes: ({ bytesDown, bytesUp }) => bytesDown + bytesUp,
  virtualSeconds: ({ virtualSeconds }) => virtualSeconds,
}
/** The budgets at which sessions are compared, as shares of the largest budget that every session spent. */
const SHARES = [0.25, 0.5, 1]

/** Compares sessions at a quarter, half and all of what the cheapest of them spent. */
export function atEqualCost(histories: readonly (readonly Measurement[])[]): EqualCost[] {
  return (Object.keys(COSTS) as EqualCost['cost'][]).flatMap((cost) => {
    const of = COSTS[cost]
    const most = Math.min(...histories.map((history) => Math.max(0, ...history.map(of))))
    if (most === 0) return []
    return SHARES.map((share): EqualCost => {
      const amount = share * most
      return { cost, amount, accuracies: histories.map((history) => history.findLast((at) => of(at) <= amount)?.accuracy ?? null) }
    })
  })
}
