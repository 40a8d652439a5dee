/**
 * FedMeZO (Ling et al. 2024, arXiv 2402.05926), MeZO's two-point probes (Malladi et al. 2023) on every phone:
 *
 *     c_ij = D_z_ij L(theta; b_i),  z_ij random ;  ghat = 1/(n q) sum_ij c_ij z_ij
 */
import type { Method } from './method.ts'

export function fedmezo(randomDirections: number): Method {
  return {
    plan: () => ({ guidance: false, guided: false, random: randomDirections, shared: 0, project: false }),
    aggregate: (_round, reports) => ({
      aggregate: { guided: [], shared: [], random: reports.map(({ random }) => random.map((c) => c / (reports.length * random.length))) },
      rectification: { source: 'random', guidedEnergy: null, randomEnergy: null },
    }),
  }
}
