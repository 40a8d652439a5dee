/**
 * FwdLLM (Xu et al. 2024, arXiv 2308.13894): the server collects forward gradients until they agree well enough, along directions that are similar to
 * the last aggregated gradient. Of C random candidates the phone takes the one whose cosine with that gradient has the largest absolute value (z and
 * -z give the same estimate); everybody who knows the seeds and the last update finds the same one. With q directions per phone so far, of unit
 * variance in every element, an element of the aggregate
 *
 *     ghat = 1/q sum_i w_i sum_j c_ij z_ij        has about the variance        V = 1/q^2 sum_i w_i^2 sum_j c_ij^2
 *
 * between one choice of directions and another. While V is above the limit, each phone is asked for as many directions again, on other rows, until it
 * has probed the most directions allowed.
 */
import { own } from '#main/wire/direction-request.ts'
import { averaged } from './fedmezo.ts'
import { type Method, type PhoneScalars, type RoundPlan, unmeasured } from './method.ts'

export interface FwdLlmOptions {
  /** The number of directions collected at a time. */
  readonly randomDirections: number
  readonly mostDirections: number
  readonly varianceLimit: number
  /** C */
  readonly candidates: number
}

export function fwdllm({ randomDirections, mostDirections, varianceLimit, candidates }: FwdLlmOptions): Method {
  const directions = (count: number, first = 0): RoundPlan['directions'] => (count > 0 ? [own(count, { candidates }, first)] : [])
  return {
    plan: () => ({ guidance: false, directions: directions(randomDirections) }),
    further(reports) {
      const collected = reports[0]!.estimates.length
      return elementVariance(reports) > varianceLimit ? directions(Math.min(randomDirections, mostDirections - collected), collected) : []
    },
    aggregate: (_round, reports) => ({
      aggregate: { terms: averaged(reports) },
      summary: unmeasured('random'),
    }),
  }
}

/** V */
function elementVariance(reports: readonly PhoneScalars[]): number {
  return averaged(reports).reduce((sum, { coefficient }) => sum + coefficient ** 2, 0)
}
