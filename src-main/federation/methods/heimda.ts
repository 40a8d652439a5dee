/**
 * HeimdaLLM's guided perturbations, read from the code published with CooperLLM (arXiv 2601.12917). The cloud sends the gradient g of a
 * public batch each round; the newest K of them are the pool. Phone i probes along a guided and a random part together, and scales the
 * random part alone by what it measures; cloud and phones are then mixed with a fixed weight lambda = 0.5:
 *
 *     p_ij = sum_k alpha_ijk g_k, alpha ~ N(0, 1) ;  v_ij ~ N(0, I)
 *     c_ij = D_{p_ij + v_ij} L(theta; b_i) ;  g_Z = 1/q sum_i w_i sum_j c_ij v_ij
 *     g_R  = lambda g_1 + (1 - lambda) g_Z          g_1 the newest of the pool
 *
 * Since alpha has mean 0 and is independent of v, the guided part adds D_p L v to the estimate, which is noise of mean 0.
 */
import { own } from '#main/wire/direction-request.ts'
import { averaged } from './fedmezo.ts'
import { type Method, unmeasured } from './method.ts'

interface HeimdaOptions {
  /** q */
  readonly randomDirections: number
  /** lambda */
  readonly cloudWeight: number
}

export function heimda({ randomDirections, cloudWeight }: HeimdaOptions): Method {
  return {
    plan: () => ({ guidance: true, directions: [own(randomDirections, { mixture: true })] }),
    aggregate: (_round, reports) => ({
      aggregate: {
        terms: [
          { direction: { kind: 'received', index: 0 }, coefficient: cloudWeight },
          ...averaged(reports).map(({ direction, coefficient }) => ({
            direction: { ...direction, mixture: false },
            coefficient: (1 - cloudWeight) * coefficient,
          })),
        ],
      },
      summary: unmeasured('hybrid'),
    }),
  }
}
