/** Measures a scenario from the files that it names: its size, how its data is read, and the memory of each phone against its cap. */
import { scenarioModel } from './scenario-model.ts'
import { runsOnPhones } from '#shared/scenario/methods/index.ts'
import type { PhonePrediction, ScenarioCheck } from '#shared/api/lab-api.ts'
import { type PhoneSetup, expandFleet } from './expand-fleet.ts'
import type { LoadedScenario } from './load-scenario.ts'
import { type PhoneMemory, phoneMemory } from '#main/predict/phone-memory.ts'
import { DataReader } from './read-data.ts'

interface MeasuringRequest extends Pick<LoadedScenario, 'scenario' | 'profiles'> {
  /** The absolute path of the scenario's checkpoint. */
  readonly checkpoint: string
  /** Resident size of a worker here that has the runtime loaded and nothing else. */
  readonly idleBytes: number
}

/** The reader of data is kept for the life of the process, so that the next request finds the files read. */
const data = new DataReader()

/** @throws InputError if a file can't be read, or doesn't go with the others */
export async function measureScenario(
  { scenario, profiles, checkpoint, idleBytes }: MeasuringRequest,
  at: (file: string) => void = () => {},
): Promise<Pick<ScenarioCheck, 'phones' | 'size' | 'data'> & { readonly cloudBytes: number }> {
  const setups = expandFleet(scenario, profiles)
  at(checkpoint)
  using model = scenarioModel(scenario, checkpoint)
  const { sizes, report } = await data.read(scenario, checkpoint, model, at)
  const memory = phoneMemory(scenario, model, sizes, setups.length, idleBytes)
  return {
    phones: runsOnPhones(scenario.method.kind) ? setups.map((setup) => predicted(setup, memory)) : [],
    cloudBytes: memory.cloudBytes,
    size: { parameters: memory.parameters, layers: model.config.layers, rows: sizes.privateRows },
    data: report,
  }
}

function predicted({ id, profile, link, capBytes }: PhoneSetup, { peakBytes, backpropBytes }: PhoneMemory): PhonePrediction {
  return { id, profile: profile.id, link: link.id, capBytes, predictedBytes: peakBytes(capBytes), backpropBytes }
}
