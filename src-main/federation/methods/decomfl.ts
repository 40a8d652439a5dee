/**
 * DeComFL (Li et al. 2025, arXiv 2405.15861): scalars both ways. All phones take S local steps with the same P directions each, known by
 * their seeds, and send what they measured; the server averages the numbers of each direction over the phones, by their private rows:
 *
 *     phone i, step s:  g_isp = D_{z_sp} L(theta_i; b_is) ;  theta_i <- theta_i - eta/P sum_p g_isp z_sp
 *     server:           gbar_sp = sum_i w_i g_isp
 *     everybody, from the round's start:  theta <- theta - eta_s eta/P sum_s sum_p gbar_sp z_sp
 *
 * with eta_s = 1 as published. S P numbers up and S P down, whatever the model's size.
 */
import { shared } from '#main/wire/direction-request.ts'
import { commonDirections } from './common-directions.ts'
import { type LocalOptions, type Method, localSteps, unmeasured } from './method.ts'

interface DeComFlOptions extends LocalOptions {
  /** P */
  readonly randomDirections: number
}

export function decomfl(options: DeComFlOptions): Method {
  const directions = options.localSteps * options.randomDirections
  return {
    plan: (round) => ({ guidance: false, directions: [shared(directions)], local: localSteps(options, round) }),
    aggregate(round, reports) {
      const step = localSteps(options, round).learningRate / options.randomDirections
      const terms = commonDirections(reports).map(({ direction, estimates }) => ({
        direction,
        coefficient: estimates.reduce((sum, { weight, value }) => sum + step * weight * value, 0),
      }))
      return { aggregate: { terms }, summary: unmeasured('random') }
    },
  }
}
