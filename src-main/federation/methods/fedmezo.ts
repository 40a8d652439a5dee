/**
 * FedMeZO (Ling et al. 2024, arXiv 2402.05926), MeZO's two-point probes (Malladi et al. 2023) on every phone:
 *
 *     c_ij = D_z_ij L(theta; b_i),  z_ij random ;  ghat = 1/q sum_i w_i sum_j c_ij z_ij
 *
 * with w_i the phone's share of the private rows (McMahan et al. 2017).
 */
import type { Term } from '#main/wire/direction.ts'
import { type Method, type PhoneScalars, randomRound, unmeasured } from './method.ts'

export function fedmezo(randomDirections: number): Method {
  return {
    plan: () => randomRound(randomDirections),
    aggregate: (_round, reports) => ({
      aggregate: { terms: averaged(reports) },
      summary: unmeasured('random'),
    }),
  }
}

/** Averages over the directions of each phone, and over phones weighted by their private rows. */
export function averaged(reports: readonly PhoneScalars[]): Term[] {
  return reports.flatMap(({ weight, estimates }) =>
    estimates.map(({ direction, value }) => ({ direction, coefficient: (weight * value) / estimates.length })),
  )
}
