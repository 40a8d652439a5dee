/** `run SCENARIO` runs one session without a window, and shows its progress. The session is stored unless the user opts out. */
import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { loadScenario } from '#main/reading/load-scenario.ts'
import { recordSession } from '#main/lab/record-session.ts'
import { runSession } from '#main/lab/run-session.ts'
import { ResumeState } from '#main/lab/resume-state.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { NOTHING_BEFORE, type SessionRunOptions, runToEnd } from '../session-run.ts'
import { STORE_OPTION, withStoreThread } from '../store-option.ts'

export const run: CliCommand = {
  name: 'run',
  operands: ['SCENARIO'],
  options: {
    set: { type: 'string', multiple: true, value: 'path=value' },
    ...STORE_OPTION,
    'no-store': { type: 'boolean' },
    'state-every': { type: 'string', value: 'ROUNDS' },
    trace: { type: 'string', value: 'FILE' },
    metrics: { type: 'string', value: 'FILE.csv|.json' },
    json: { type: 'boolean' },
  },
  summary: 'Runs a scenario on emulated phones and prints what came of it.',
  async run(context, options, [scenario]) {
    const sets = (options['set'] as string[] | undefined) ?? []
    const { store, trace, metrics } = options as { store?: string; trace?: string; metrics?: string }
    const kept = options['no-store'] !== true
    const stateEvery = stateInterval(options['state-every'] as string | undefined)
    return runScenario(context, scenario!, { sets, json: options['json'] === true, store, kept, trace, metrics, stateEvery })
  },
}

/** @throws InputError unless it is a whole number of rounds, from 1 */
function stateInterval(words: string | undefined): number | undefined {
  if (words === undefined) return undefined
  const rounds = Number(words)
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new InputError('--state-every', words, 'a whole number of rounds, from 1')
  return rounds
}

interface RunOptions extends SessionRunOptions {
  readonly sets: readonly string[]
  /** The store's file. @default the user's own store */
  readonly store?: string | undefined
  /** True if the session goes into a store. */
  readonly kept: boolean
  /** Rounds from one saved state to the next; see SessionRecordOptions. */
  readonly stateEvery?: number | undefined
}

/** @returns the exit code */
export async function runScenario(context: CommandContext, path: string, options: RunOptions): Promise<number> {
  const { sets, store: chosen, kept, stateEvery } = options
  const { resources, cwd, stderr } = context
  const loaded = loadScenario(path, sets, cwd, resources.directory)
  const phones = loaded.scenario.fleet.reduce((sum, { count }) => sum + count, 0)
  stderr.write(`reading the data, starting ${phones} phones …\n`)
  return runToEnd(context, options, NOTHING_BEFORE, async (how) => {
    if (!kept) return runSession(loaded, { resources, resumeState: new ResumeState({ stateEvery }), ...how })
    const file = chosen === undefined ? null : resolve(cwd, chosen)
    const made = file !== null && !existsSync(file)
    try {
      await withStoreThread(context, chosen, false, (store) => recordSession(loaded, { resources, store, stateEvery, ...how }))
    } catch (error) {
      // If nothing was computed nothing is left behind, including the store's file that was made for it.
      if (error instanceof InputError && made) for (const part of ['', '-wal', '-shm']) rmSync(file + part, { force: true })
      throw error
    }
  })
}
