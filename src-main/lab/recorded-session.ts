/** A session that is kept while it runs: a round begins when the one before it is durable, so that whatever ends the lab costs one round. */
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Recorder } from '#main/store/recorder.ts'
import type { StoreThread } from '#main/store/store-thread.ts'
import type { Steering } from '#main/federation/steering.ts'
import type { LoadedScenario } from './load-scenario.ts'
import type { Resources } from './resources.ts'
import { runSession } from './run-session.ts'
import { SessionControl } from './session-control.ts'

export interface RecordedOptions {
  readonly resources: Resources
  readonly store: StoreThread
  /** @param seq the event's number in the session, from 0 */
  readonly emit: (event: LabEvent, seq: number) => void
  /** Who steers it between rounds. @default nobody: it runs to its end */
  readonly steering?: Steering
}

/** @throws InputError before anything was computed or kept if something the user gave is wrong; RunFailed if the run, or the store, fails */
export async function recordSession(
  loaded: LoadedScenario,
  { resources, store, emit, steering = new SessionControl() }: RecordedOptions,
): Promise<void> {
  const recorder = new Recorder(store, { profiles: loaded.profiles })
  let seq = 0
  try {
    await runSession(loaded, {
      resources,
      steering: onceDurable(recorder, store, steering),
      emit: (event) => {
        recorder.record(event)
        emit(event, seq++)
      },
    })
    await durable(recorder, store)
  } catch (error) {
    // Of two failures the first is told.
    await recorder.fail(error).catch(() => {})
    throw error
  }
}

function onceDurable(recorder: Recorder, store: StoreThread, steering: Steering): Steering {
  return {
    async beforeRound(round) {
      await durable(recorder, store)
      return steering.beforeRound(round)
    },
    interrupted: () => steering.interrupted(),
  }
}

async function durable(recorder: Recorder, { file }: StoreThread): Promise<void> {
  try {
    await recorder.durable()
  } catch (error) {
    if (error instanceof InputError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new RunFailed(`${file} can't be written any more (${why}); what was kept can go on with resume once it can`, { cause: error })
  }
}
