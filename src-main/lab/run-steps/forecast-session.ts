/** Forecasts the memory that all processes of a session take together, from the shapes of model and data, and compares it with this machine's. */
import { thisMachine } from '#main/machine/this-machine.ts'
import type { Model } from '#main/models/model.ts'
import { machineForecast } from '#main/predict/machine-forecast.ts'
import { phoneMemory } from '#main/predict/phone-memory.ts'
import type { PhoneSetup } from '#main/reading/expand-fleet.ts'
import type { PreparedData } from '#main/reading/prepare-data.ts'
import type { MachineForecast } from '#shared/api/lab-api.ts'
import { askedPerRound } from '#shared/scenario/federation-schema.ts'
import { runsOnPhones } from '#shared/scenario/methods/index.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { USUAL_IDLE_WORKER } from '../host/idle-worker.ts'

export function forecastSession(
  scenario: Scenario,
  model: Model,
  { phones, labels }: PreparedData,
  setups: readonly PhoneSetup[],
): MachineForecast {
  const { residentBytes, sharedBytes } = USUAL_IDLE_WORKER
  const privateRows = phones.reduce((sum, own) => sum + own.labels.length, 0)
  const tokens = phones.reduce(
    (most, { starts }) => starts.reduce((longest, start, row) => Math.max(longest, start - (starts[row - 1] ?? start)), most),
    1,
  )
  const sizes = { classes: labels.length, privateRows, tokens }
  const { peakBytes, cloudBytes } = phoneMemory(scenario, model, sizes, setups.length, residentBytes)
  const phoneBytes = runsOnPhones(scenario.method.kind) ? setups.map(({ capBytes }) => Math.min(capBytes, peakBytes(capBytes))) : []
  return machineForecast(
    { slots: scenario.slots, asked: askedPerRound(scenario, setups.length), phoneBytes, cloudBytes, sharedBytes },
    thisMachine(),
  )
}
