/** One session, from a loaded scenario to its last event: opens its inputs, builds its processes, starts them, runs the rounds, cleans up. */
import { randomUUID } from 'node:crypto'
import type { Steering } from '#main/federation/steering.ts'
import type { LoadedScenario } from '#main/reading/load-scenario.ts'
import type { MachineForecast } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { runsOnPhones } from '#shared/scenario/methods/index.ts'
import { ResumeState } from './resume-state.ts'
import { type ProcessOptions, buildFleet } from './run-steps/build-fleet.ts'
import { buildRun } from './run-steps/build-run.ts'
import { openInputs } from './run-steps/open-inputs.ts'
import { sessionStarted } from './run-steps/session-started.ts'
import { SessionControl } from './session-control.ts'

export interface SessionOptions extends ProcessOptions {
  readonly emit: (event: LabEvent) => void
  /** The steering between rounds. @default none: the session runs to its end */
  readonly steering?: Steering
  /** The session's id. @default a new id */
  readonly session?: string
  /** The state that the session stores to be resumed, and that it resumes from. @default the session can't be resumed */
  readonly resumeState?: ResumeState
  /** Called before anything is started, with the memory that the session will take of this machine, unless the session is refused. */
  readonly onForecast?: (forecast: MachineForecast) => void
  /** The number of processes that play the phones of a recorded session, Infinity for one each. @default the scenario's own, or as this machine bears */
  readonly processes?: number
}

/** @throws InputError before anything was computed if something the user gave is wrong */
export async function runSession(loaded: LoadedScenario, options: SessionOptions): Promise<void> {
  const { resources, onForecast, emit, session = randomUUID(), steering = new SessionControl(), resumeState = new ResumeState() } = options
  using inputs = await openInputs(loaded, { resources, signal: steering.signal, onForecast, processes: options.processes })
  const { scenario, trained } = inputs

  // Phones start before the session does, so that a cap that is too small leaves no session behind; their events follow the first one.
  const early: LabEvent[] = []
  let tell = (event: LabEvent): void => void early.push(event)
  await using processes = await buildFleet(inputs, options, resumeState, (event) => tell(event))
  const { phones, fleet, cloud } = processes
  if (runsOnPhones(scenario.method.kind)) await fleet.startAvailable(1)
  const opened = await processes.openCloud()
  emit(sessionStarted(session, inputs, phones, opened))
  let rounds = 0
  tell = (event) => {
    if (event.kind === 'round-finished') rounds = event.round
    emit(event)
  }
  early.forEach(tell)

  const run = buildRun(inputs, processes, tell, resumeState.steering(steering, cloud, trained.layout))
  const { stoppedBy, digest } = await run.run()
  await resumeState.saveState(rounds, cloud, trained.layout)
  emit({ kind: 'session-finished', stoppedBy, digest, wallSeconds: resumeState.wallSeconds })
}
