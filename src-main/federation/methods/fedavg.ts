/**
 * FedAvg (McMahan et al. 2017, arXiv 1602.05629) on the adapter: what phones could do if they had the memory for backpropagation.
 *
 *     phone i:  S steps  theta_i <- theta_i - eta grad L(theta_i; b_is) ;  sends Delta_i = theta_i - theta
 *     server:   Delta = sum_i w_i Delta_i ;  everybody:  theta <- theta + eta_s Delta
 *
 * with eta_s = 1 as published. One value per parameter travels each way, in float32 or coded. An optimiser may take -Delta as its gradient (FedOpt,
 * Reddi et al. 2021, arXiv 2003.00295).
 */
import { type LocalOptions, type Method, localSteps, unmeasured } from './method.ts'

interface FedAvgOptions extends LocalOptions {
  /** The bits per value that a change is coded with, up and down. */
  readonly bits: number
}

export function fedavg(options: FedAvgOptions): Method {
  return {
    plan: (round) => ({ guidance: false, directions: [], train: { ...localSteps(options, round), bits: options.bits } }),
    aggregate(_round, reports, parameters) {
      const values = new Float32Array(parameters)
      for (const { weight, difference } of reports) difference!.forEach((change, i) => (values[i] = values[i]! - weight * change))
      return {
        aggregate: {
          terms: [{ direction: { kind: 'received', index: 0 }, coefficient: 1 }],
          direction: { values, bits: options.bits },
        },
        summary: unmeasured('backprop'),
      }
    },
  }
}
