/** The method that a scenario names. */
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { learningRates } from '../learning-rates.ts'
import { gradientCooper } from './cooper-by-gradient.ts'
import { cooper } from './cooper.ts'
import { decomfl } from './decomfl.ts'
import { fedavg } from './fedavg.ts'
import { fedkseed } from './fedkseed.ts'
import { fedmezo } from './fedmezo.ts'
import { fwdllm } from './fwdllm.ts'
import { heimda } from './heimda.ts'
import type { Method } from './method.ts'

/** @returns null where the cloud trains alone, the control that shows what the phones add */
export function federatedMethod(scenario: Pick<Scenario, 'method' | 'stop' | 'federation' | 'task' | 'fleet'>): Method | null {
  const { method, fleet } = scenario
  const { local: localRate, server } = learningRates(scenario)
  switch (method.kind) {
    case 'cooper':
      return takesNewtonSteps(scenario)
        ? cooper(method, server, scenario.federation?.clientsPerRound === undefined ? null : phonesOf(fleet))
        : gradientCooper(method)
    case 'fedmezo':
      return fedmezo(method.randomDirections)
    case 'heimda':
      return heimda(method)
    case 'fwdllm':
      return fwdllm(method)
    case 'fedkseed':
      return fedkseed({ ...method, localRate })
    case 'decomfl':
      return decomfl({ ...method, localRate })
    case 'fedavg':
      return fedavg({ ...method, localRate })
    case 'cloud-only':
      return null
  }
}

function phonesOf(fleet: Scenario['fleet']): number {
  return fleet.reduce((sum, { count }) => sum + count, 0)
}
