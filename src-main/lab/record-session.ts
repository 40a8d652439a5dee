/** Runs a session and stores it on the way: a round begins when the one before it is durable, so that whatever ends the lab costs one round. */
import { isFault } from '#shared/errors/fault.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { Steering } from '#main/federation/steering.ts'
import { StoreTrouble } from '#shared/errors/store-trouble.ts'
import { Recorder } from '#main/store/recorder.ts'
import type { StoreThread } from '#main/store/store-thread.ts'
import { type LoadedScenario } from '#main/reading/load-scenario.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { ReplayCheck } from './replay-check.ts'
import type { Resources } from '#main/machine/resources.ts'
import { type SessionOptions, runSession } from './run-session.ts'
import { SessionControl } from './session-control.ts'
import { ResumeState, type ResumeStateOptions } from './resume-state.ts'

export interface RecordedOptions
  extends
    Pick<SessionOptions, 'session' | 'onDoing' | 'onForecast' | 'onWorkerFault' | 'processes'>,
    Pick<ResumeStateOptions, 'stateEvery'> {
  readonly resources: Resources
  readonly store: StoreThread
  /** @param seq the event's number in the session, from 0 */
  readonly emit: (event: LabEvent, seq: number) => void
  /** The user's steering between rounds. @default none: the session runs to its end */
  readonly steering?: Steering
  /** Called with a function that makes all events so far durable, for readers of the running session. */
  readonly onRecording?: (sync: () => Promise<void>) => void
}

/** @throws InputError before anything was computed or kept if something the user gave is wrong; RunFailed if the run, or the store, fails */
export async function recordSession(loaded: LoadedScenario, options: RecordedOptions): Promise<void> {
  const resumeState = new ResumeState({ stateEvery: options.stateEvery })
  const recorder = new Recorder(options.store, { profiles: loaded.profiles, progress: resumeState })
  let seq = 0
  await recorded(loaded, options, recorder, resumeState, (event) => {
    recorder.record(event)
    options.emit(event, seq++)
  })
}

/**
 * Resumes a session that broke off or was interrupted, after its last whole round. The first event emitted is `session-resumed`.
 * @throws InputError if the session can't be resumed; RunFailed as in `recordSession`
 */
export async function resumeSession(id: string, options: RecordedOptions): Promise<void> {
  const { store, resources } = options
  const resumption = await store.resume(id)
  const { session, events, length } = resumption
  const resumeState = new ResumeState({
    from: { resumption, read: (part) => store.journalPart(id, part) },
    stateEvery: options.stateEvery,
  })
  const recorder = new Recorder(store, { session: id, progress: resumeState })
  const profiles = session.profiles ?? loadCatalogue(resources.directory)
  const check = new ReplayCheck(events)
  let seq = length
  const tell = (event: LabEvent): void => {
    recorder.record(event)
    options.emit(event, seq++)
  }
  await recorded(
    { scenario: session.scenario, directory: '', profiles },
    { ...options, session: id, processes: recordedProcesses(events) },
    recorder,
    resumeState,
    (event) => {
      if (check.over) tell(event)
      else if (check.add(event)) tell({ kind: 'session-resumed', round: resumeState.round })
    },
  )
}

async function recorded(
  loaded: LoadedScenario,
  options: RecordedOptions,
  recorder: Recorder,
  resumeState: ResumeState,
  emit: (event: LabEvent) => void,
): Promise<void> {
  const { store, steering = new SessionControl(), resources, session, onDoing, onForecast, onWorkerFault, onRecording, processes } = options
  onRecording?.(() => recorder.sync())
  try {
    await runSession(loaded, {
      resources,
      resumeState,
      emit,
      steering: onceDurable(recorder, store, steering),
      ...(processes === undefined ? {} : { processes }),
      ...(session === undefined ? {} : { session }),
      ...(onDoing ? { onDoing } : {}),
      ...(onForecast ? { onForecast } : {}),
      ...(onWorkerFault ? { onWorkerFault } : {}),
    })
    await durable(recorder, store)
  } catch (error) {
    // If storing the failure fails too, the first failure is reported.
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
    signal: steering.signal,
  }
}

async function durable(recorder: Recorder, { file }: StoreThread): Promise<void> {
  try {
    await recorder.durable()
  } catch (error) {
    if (error instanceof InputError) throw error
    const why = error instanceof StoreTrouble ? error.reason : error instanceof Error ? error.message : String(error)
    const kept = recorder.begun ? 'what was kept can go on with resume once it can' : 'nothing of this session was kept'
    throw new RunFailed(`${file} can't be written any more (${why}); ${kept}`, { cause: error, isFault: isFault(error) })
  }
}

/** Returns the number of processes that played the phones of a recorded session; Infinity if each had its own. */
export function recordedProcesses(events: readonly LabEvent[]): number {
  const started = events.find((event) => event.kind === 'session-started')
  return started?.processes ?? Infinity
}
