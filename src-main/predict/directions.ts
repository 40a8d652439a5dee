/** The most directions that a phone probes in one sweep, by method; a round's memory follows from it. */
import type { Scenario } from '#shared/scenario/scenario.ts'

type Method = Scenario['method']

/** Guided directions that every replica keeps. */
export function poolSizeOf(method: Method, classes: number): number {
  switch (method.kind) {
    case 'cooper':
      return method.poolSize ?? Math.min(8, 2 * classes)
    case 'heimda':
      return method.poolSize
    // The averaged change, until it is applied.
    case 'fedavg':
      return 1
    default:
      return 0
  }
}

/** @param layers of the model, which class-layer guidance probes one by one, the head as well */
export function directionsOf(method: Method, classes: number, layers: number): number {
  switch (method.kind) {
    case 'cooper': {
      const guided = poolSizeOf(method, classes) * (method.directions === 'class-layer' ? layers + 1 : 1)
      const random = Math.max(method.randomDirections, method.monitors)
      return method.mixing === 'hybrid' ? guided + random : Math.max(guided + method.monitors, random)
    }
    case 'fedmezo':
    case 'heimda':
    case 'fwdllm':
    case 'decomfl':
      return method.randomDirections
    case 'fedkseed':
      return 1
    case 'fedavg':
    case 'cloud-only':
      return 0
  }
}
