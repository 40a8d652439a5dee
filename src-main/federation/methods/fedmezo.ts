/**
 * FedMeZO (Ling et al. 2024, arXiv 2402.05926), MeZO's two-point probes (Malladi et al. 2023) on every phone:
 *
 *     c_ij = D_z_ij L(theta; b_i),  z_ij random ;  ghat = 1/q sum_i w_i sum_j c_ij z_ij
 *
 * with w_i the phone's share of the private rows (McMahan et al. 2017).
 */
import type { Method } from './method.ts'

export function fedmezo(randomDirections: number): Method {
  return {
    plan: () => ({ guidance: false, guided: false, random: randomDirections, shared: 0, project: false }),
    aggregate: (_round, reports) => ({
      aggregate: { guided: [], shared: [], random: reports.map(({ weight, random }) => random.map((c) => (weight * c) / random.length)) },
      rectification: { source: 'random', guidedEnergy: null, randomEnergy: null },
    }),
  }
}
