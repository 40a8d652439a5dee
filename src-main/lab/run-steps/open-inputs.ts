/** First step of a session: reads the scenario's files, opens the model, deals out the data, and refuses what would not fit this machine. */
import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
import { type Availability, untilTracesEnd } from '#main/federation/field/availability.ts'
import { type Resources, checkpointDirectory } from '#main/machine/resources.ts'
import type { Model } from '#main/models/model.ts'
import type { FrozenWeights } from '#main/models/precision.ts'
import { refuseIfTooLarge } from '#main/predict/machine-forecast.ts'
import { type PhoneSetup, expandFleet, traceEndSeconds } from '#main/reading/expand-fleet.ts'
import type { LoadedScenario } from '#main/reading/load-scenario.ts'
import type { PreparedSession, PreparingRequest } from '#main/reading/prepare-session.ts'
import { Reader } from '#main/reading/reader.ts'
import { scenarioModel } from '#main/reading/scenario-model.ts'
import type { MachineForecast } from '#shared/api/lab-api.ts'
import { type DeviceProfile, findProfile } from '#shared/scenario/catalogue.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { phoneAvailability } from '../phone-availability.ts'
import { type TrainedParameters, trainedParameters } from '../trained-parameters.ts'
import { forecastSession } from './forecast-session.ts'

export interface SessionInputs extends Disposable {
  readonly scenario: Scenario
  readonly setups: readonly PhoneSetup[]
  readonly cloudProfile: DeviceProfile
  /** The absolute path of the model's directory. */
  readonly checkpoint: string
  readonly prepared: PreparedSession
  readonly model: Model
  readonly trained: TrainedParameters
  readonly weights: FrozenWeights
  /** The number of processes that play the phones. */
  readonly processes: number
  /** The times at which phones can be asked. */
  readonly availability: Availability
}

interface OpeningOptions {
  readonly resources: Resources
  /** Aborts the reading of files. */
  readonly signal: AbortSignal | undefined
  readonly onForecast?: ((forecast: MachineForecast) => void) | undefined
  /** The number of processes that play the phones, as it was recorded. @default the scenario's own, or as this machine bears */
  readonly processes?: number | undefined
}

/** @throws InputError if something the user gave is wrong, or needs more memory than there is */
export async function openInputs({ scenario, profiles }: LoadedScenario, options: OpeningOptions): Promise<SessionInputs> {
  const { resources, signal, onForecast, processes = scenario.slots } = options
  const setups = expandFleet(scenario, profiles)
  const cloudProfile = findProfile(profiles.devices, scenario.cloud.profile)!
  const checkpoint = checkpointDirectory(resources, scenario.model.checkpoint)
  const prepared = await readSession(resources, { scenario, phones: setups.length, checkpoint }, signal)
  using opened = new DisposableStack()
  const model = opened.use(scenarioModel(scenario, checkpoint))
  const ids = setups.map(({ id }) => id)
  const traceEnds = setups.map(({ link }) => traceEndSeconds(link))
  const availability = untilTracesEnd(phoneAvailability(scenario, ids), traceEnds)
  const { data, head } = prepared
  if (typeof head === 'number') model.holdsClassifier(head)
  const forecast = forecastSession({ ...scenario, ...(processes === undefined ? {} : { slots: processes }) }, model, data, setups)
  refuseIfTooLarge(forecast)
  onForecast?.(forecast)
  const trained = opened.use(trainedParameters(scenario, model, head, forecast.processes + 1, resources.scratch))
  const weights = frozenWeights(checkpoint, scenario.model.weights, resources.weightsCache)
  const kept = opened.move()
  return {
    scenario,
    setups,
    cloudProfile,
    checkpoint,
    prepared,
    model,
    trained,
    weights,
    processes: forecast.processes,
    availability,
    [Symbol.dispose]: () => kept.dispose(),
  }
}

/** Reads the files in the reader process. This must come first, so that this process opens no file that the reader failed on. */
async function readSession(resources: Resources, request: PreparingRequest, signal: AbortSignal | undefined): Promise<PreparedSession> {
  await using reader = new Reader(resources)
  // The reader is closed when this function returns, so the result is awaited here.
  return await reader.read('prepare', request, request.checkpoint, { signal })
}
