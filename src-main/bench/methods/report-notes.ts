/** Explains in both reports how the figures of a comparison came about. */
import { formatBytes } from '#shared/units/bytes.ts'
import type { BenchMachine } from '../bench-definition.ts'
import type { ScenarioResult } from './comparison.ts'
import { RATES, UNGUIDED } from './method-entries.ts'

export interface MethodsReport {
  readonly machine: BenchMachine
  readonly quick: boolean
  /** The number of runs that were not made yet. */
  readonly missing: number
  readonly scenarios: readonly ScenarioResult[]
}

export function machineLine({ processor, cores, memoryBytes, platform, node, onnxruntime, lab }: BenchMachine): string {
  return `${processor}, ${cores} cores, ${formatBytes(memoryBytes)}, ${platform}; Node ${node}, ONNX Runtime ${onnxruntime}, lab ${lab}`
}

export function warnings({ quick, missing }: MethodsReport): string[] {
  return [
    ...(quick
      ? ['Quick: little work, one seed, learning rates not searched. It shows that the bench runs, not which method is better.']
      : []),
    ...(missing > 0 ? [`Interrupted: ${missing} runs are missing.`] : []),
  ]
}

export function measuredHow({ scenarios }: MethodsReport): string[] {
  const [first] = scenarios
  const searched = scenarios.some(({ searches }) => searches.some(({ trials }) => trials.length > 0))
  const trials = Math.max(0, ...scenarios.flatMap(({ searches }) => searches.map((search) => search.trials.length)))
  return [
    `Budget: every run ends at ${first?.passes ?? 0} forward passes per phone, whatever a round of its method does; final accuracy is that of the last measurement within it. The learning rate falls linearly to 0 over the rounds that make up the budget (methods with a varying number of passes per round: over the fewest); cooper’s Newton steps have no rate that falls.`,
    'Passes and bytes are means per phone: totals of the fleet over its phones. Bytes are both ways. A pass is one batch forward; backpropagation counts as the lab charges it (fedavg).',
    searched
      ? `Learning rates: ${trials} trials for every method on the same grid (${RATES.join(', ')}), walking from its usual rate and its neighbours towards the best; each trial ${first?.searchPasses ?? 0} passes per phone, public data like the private, a seed of its own (${first?.searchSeed ?? 0}) that no reported run has. Judged by the mean test loss of the last two measurements, which says more than accuracy over a few hundred rows. The rate found serves every state of the public data.`
      : 'Learning rates: the usual one of each method; none was searched for.',
    'Public data: the private rows and the test rows are the same in every state. Methods that never see public data are run once per seed, and that run stands in every table.',
    'A target counts as reached at the first measurement that shows it. "> 400" says it was not reached within that; medians treat such a run as more costly than any that reached it.',
    `${UNGUIDED} is the control of cooper: the same steps along random directions alone (method.guidance "never"). It is no published method, and no rival here.`,
    'cloud-only starts no phone: it trains on the public data alone, one step for each 20 passes of the budget. It has no passes, bytes or phone memory.',
    'Measured: accuracy, forward passes, bytes (encoded messages), memory (largest resident size of the process less that of the idle worker). Emulated, on a seeded virtual clock: time, from device and link profiles.',
    'The same scenario gives the same digest on one machine. The file of a run holds its whole scenario: runs/KEY.json.',
  ]
}
