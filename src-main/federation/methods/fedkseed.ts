/**
 * FedKSeed (Qin et al. 2024, arXiv 2312.06353): only K random directions z_1..z_K exist in the whole run, so an update is K numbers at most. In each of
 * its local steps a phone draws a seed j, measures g = D_{z_j} L on a batch and moves by -eta g z_j; it sends its history of (j, g) pairs. The server
 * adds up the pairs of each seed, and weights phones by their private rows:
 *
 *     a_j = sum_i w_i sum_{s: j_is = j} g_is ;   everybody:  theta <- theta - eta_s eta sum_j a_j z_j
 *
 * with eta_s = 1 as published. An optimiser may take eta sum_j a_j z_j as its gradient (arXiv 2003.00295).
 */
import type { Term } from '#main/wire/direction.ts'
import { drawn } from '#main/wire/direction-request.ts'
import { type LocalOptions, type Method, localSteps, unmeasured } from './method.ts'

interface FedKSeedOptions extends LocalOptions {
  /** K */
  readonly seeds: number
}

export function fedkseed(options: FedKSeedOptions): Method {
  return {
    plan: (round) => ({ guidance: false, directions: [drawn(options.localSteps, options.seeds)], local: localSteps(options, round) }),
    aggregate(round, reports) {
      const { learningRate } = localSteps(options, round)
      const sums = new Map<number, number>()
      for (const { weight, estimates } of reports) {
        for (const { direction, value } of estimates) {
          sums.set(direction.index, (sums.get(direction.index) ?? 0) + learningRate * weight * value)
        }
      }
      const terms = [...sums].map(([index, coefficient]): Term => ({ direction: { kind: 'from-set', index }, coefficient }))
      return { aggregate: { terms }, summary: unmeasured('random') }
    },
  }
}
