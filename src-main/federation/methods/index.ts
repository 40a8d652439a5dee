/** Makes the method that a scenario names. */
import { phonesIn } from '#shared/scenario/fleet-schema.ts'
import type { MethodKeys } from '#shared/scenario/methods/index.ts'
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { type LearningRates, learningRates } from '../learning-rates.ts'
import { gradientCooper } from './cooper-by-gradient.ts'
import { cooper } from './cooper.ts'
import { decomfl } from './decomfl.ts'
import { fedavg } from './fedavg.ts'
import { fedkseed } from './fedkseed.ts'
import { fedmezo } from './fedmezo.ts'
import { fwdllm } from './fwdllm.ts'
import { heimda } from './heimda.ts'
import type { Method } from './method.ts'

/** The facts about a run that a method may need beside its own keys. */
interface Surroundings {
  readonly rates: LearningRates
  readonly newtonSteps: boolean
  /** The size of the fleet where only some phones are asked in a round; null where all are. */
  readonly sampledFrom: number | null
}

type Makers = {
  readonly [K in MethodKeys['kind']]: (keys: Extract<MethodKeys, { kind: K }>, surroundings: Surroundings) => Method | null
}

const MAKERS: Makers = {
  cooper: (keys, { newtonSteps, rates, sampledFrom }) => (newtonSteps ? cooper(keys, rates.server, sampledFrom) : gradientCooper(keys)),
  fedmezo: ({ randomDirections }) => fedmezo(randomDirections),
  heimda,
  fwdllm,
  fedkseed: (keys, { rates }) => fedkseed({ ...keys, localRate: rates.local }),
  decomfl: (keys, { rates }) => decomfl({ ...keys, localRate: rates.local }),
  fedavg: (keys, { rates }) => fedavg({ ...keys, localRate: rates.local }),
  'cloud-only': () => null,
}

/** @returns null where the cloud trains alone, the control that shows what the phones add */
export function federatedMethod(scenario: Pick<Scenario, 'method' | 'stop' | 'federation' | 'task' | 'fleet'>): Method | null {
  const { method, fleet, federation } = scenario
  const make = MAKERS[method.kind] as (keys: MethodKeys, surroundings: Surroundings) => Method | null
  return make(method, {
    rates: learningRates(scenario),
    newtonSteps: takesNewtonSteps(scenario),
    sampledFrom: federation?.clientsPerRound === undefined ? null : phonesIn(fleet),
  })
}
