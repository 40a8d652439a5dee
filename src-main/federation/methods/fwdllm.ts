/**
 * FwdLLM (Xu et al. 2024, arXiv 2308.13894): forward gradients, of which the server collects more until they agree well enough, along
 * directions that are like the last aggregated gradient. In place of a random direction the phone takes, of C candidates, that one whose
 * cosine with the last aggregated gradient is largest (sizes compared: z and -z give the same estimate); everybody who knows the seeds and
 * the last update finds the same one. With q directions per phone so far, of unit variance in every element, an element of the aggregate
 *
 *     ghat = 1/q sum_i w_i sum_j c_ij z_ij        has about the variance        V = 1/q^2 sum_i w_i^2 sum_j c_ij^2
 *
 * between one choice of directions and another. While V is above the limit, each phone is asked for as many directions again, on other
 * rows, up to a number.
 */
import { averaged } from './fedmezo.ts'
import { type Method, type PhoneScalars, randomRound, unmeasured } from './method.ts'

export interface FwdLlmOptions {
  /** Collected at a time. */
  readonly randomDirections: number
  readonly mostDirections: number
  readonly varianceLimit: number
  /** C */
  readonly candidates: number
}

export function fwdllm({ randomDirections, mostDirections, varianceLimit, candidates }: FwdLlmOptions): Method {
  return {
    plan: () => ({ ...randomRound(randomDirections), candidates }),
    further: (reports) =>
      elementVariance(reports) > varianceLimit ? Math.max(0, Math.min(randomDirections, mostDirections - reports[0]!.random.length)) : 0,
    aggregate: (_round, reports) => ({
      aggregate: { guided: [], shared: [], random: averaged(reports) },
      summary: unmeasured('random'),
    }),
  }
}

/** V */
function elementVariance(reports: readonly PhoneScalars[]): number {
  return averaged(reports)
    .flat()
    .reduce((sum, coefficient) => sum + coefficient ** 2, 0)
}
