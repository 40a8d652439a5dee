/** Checks a scenario before it starts: finds everything that is wrong with it, its size, and each phone's memory against its cap. */
import { existsSync } from 'node:fs'
import { askedPerRound } from '#shared/scenario/federation-schema.ts'
import { thisMachine } from '#main/machine/this-machine.ts'
import type { ScenarioCheck } from '#shared/api/lab-api.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { type Issue, formatPath } from '#shared/scenario/issues.ts'
import { type LoadedScenario, resolveScenario } from '#main/reading/load-scenario.ts'
import { scenarioFiles } from '#main/reading/scenario-paths.ts'
import { machineForecast } from '#main/predict/machine-forecast.ts'
import type { Reader } from '#main/reading/reader.ts'
import { type Resources, checkpointDirectory } from '#main/machine/resources.ts'
import type { IdleWorker } from './idle-worker.ts'

interface CheckOptions {
  readonly resources: Resources
  /** The directory that relative paths of the scenario start from. */
  readonly cwd: string
  /** The reader of the files that the scenario names. */
  readonly reader: Reader
  /** The memory of a worker on this machine with the runtime loaded and nothing else. */
  readonly idle: IdleWorker
}

const NOTHING = { scenario: null, phones: [], size: null, data: null, machine: null } as const

export async function checkScenario(input: unknown, options: CheckOptions): Promise<ScenarioCheck> {
  const loaded = loadWhole(input, options)
  if ('issues' in loaded) return { ...NOTHING, issues: loaded.issues }
  const { resources, reader, idle } = options
  const { scenario, profiles } = loaded
  const checkpoint = checkpointDirectory(resources, scenario.model.checkpoint)
  try {
    const request = { scenario, profiles, checkpoint, idleBytes: idle.residentBytes }
    const { cloudBytes, ...measured } = await reader.read('measure', request, checkpoint)
    const phoneBytes = measured.phones.map(({ predictedBytes }) => predictedBytes)
    const machine = machineForecast(
      { slots: scenario.slots, asked: askedPerRound(scenario, phoneBytes.length), phoneBytes, cloudBytes, sharedBytes: idle.sharedBytes },
      thisMachine(),
    )
    return { issues: [], scenario, ...measured, machine }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { where, found, expected } = error
    return { ...NOTHING, scenario, issues: [{ path: where, keys: keysOf(where), found, expected }] }
  }
}

/** Returns the scenario with its defaults, or every mistake in it that can be found without opening its files. */
export function loadWhole(
  input: unknown,
  { cwd, resources }: Pick<CheckOptions, 'cwd' | 'resources'>,
): LoadedScenario | { issues: readonly Issue[] } {
  const loaded = resolveScenario(input, cwd, resources.directory)
  if ('issues' in loaded) return loaded
  const missing = scenarioFiles(loaded.scenario).filter(({ path }) => !existsSync(path))
  if (missing.length === 0) return loaded
  return {
    issues: missing.map(({ keys, path }) => ({
      path: formatPath(keys),
      keys,
      found: `${path}, which is not there`,
      expected: 'the path of something on this machine',
    })),
  }
}

/** Splits a path of the scenario such as `fleet[1].memoryCap` into keys. @returns no keys for the name of a file */
function keysOf(where: string): (string | number)[] {
  if (!/^[a-z]\w*(\.\w+|\[\d+\])*$/i.test(where)) return []
  return where.split(/[.[\]]+/).flatMap((key) => (key === '' ? [] : [/^\d+$/.test(key) ? Number(key) : key]))
}
