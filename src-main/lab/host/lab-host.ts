/**
 * The lab as windows see it: implements the contract of src-shared/api over sessions that run here and those that were kept. It knows no
 * shell; whoever holds it connects windows to it and passes its notices on.
 */
import { randomUUID } from 'node:crypto'
import type { LabCalls, LabDescription, LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { EMPTY_VIEW, project } from '#shared/events/projection.ts'
import { phonesIn } from '#shared/scenario/fleet-schema.ts'
import { issueError, parse } from '#shared/scenario/issues.ts'
import { policyNameSchema } from '#shared/scenario/scenario-schema.ts'
import { Recorder } from '#main/store/recorder.ts'
import type { Store } from '#main/store/store.ts'
import { loadCatalogue } from '../load-scenario.ts'
import { scheduleOf } from '../reschedule.ts'
import type { Resources } from '../resources.ts'
import { runSession } from '../run-session.ts'
import { checkScenario, loadWhole } from './check-scenario.ts'
import { DataSizeReader } from './data-sizes.ts'
import { describeCap, describeMachine } from './describe-lab.ts'
import { measureIdleWorker } from './idle-worker.ts'
import { LiveSession } from './live-session.ts'
import { marksOf } from './marks.ts'
import { openedScenario, shippedScenarios } from './shipped-scenarios.ts'

export interface LabHostOptions {
  readonly resources: Resources
  readonly shell: LabDescription['shell']
  readonly version: string
  /** Relative paths that a window gives are relative to it. */
  readonly cwd: string
  /** Holds the `data` and `models` that shipped scenarios name. */
  readonly dataDirectory: string
  /** Absolute path of a scenario's file that a window begins with; null: the quickstart. */
  readonly scenarioFile: string | null
  readonly store: Store
  readonly storePath: string
  readonly storeNotice: string | null
  /** Told to every window. */
  readonly notices: LabNotices
}

export class LabHost implements LabCalls {
  private readonly options: LabHostOptions
  private readonly live = new Map<string, LiveSession>()
  private readonly data = new DataSizeReader()
  private idle: Promise<number> | null = null

  constructor(options: LabHostOptions) {
    this.options = options
  }

  async describe(): Promise<LabDescription> {
    const { version, shell, resources, dataDirectory, scenarioFile, storePath, storeNotice } = this.options
    const shipped = shippedScenarios(resources.directory, dataDirectory)
    return {
      version,
      shell,
      cap: describeCap(),
      environment: describeMachine(),
      catalogue: loadCatalogue(resources.directory),
      scenarios: scenarioFile === null ? shipped : [openedScenario(scenarioFile), ...shipped],
      storePath,
      storeNotice,
    }
  }

  async check(input: unknown): ReturnType<LabCalls['check']> {
    const { resources, cwd } = this.options
    this.idle ??= measureIdleWorker(resources)
    return checkScenario(input, { resources, cwd, data: this.data, idleBytes: await this.idle })
  }

  async start(input: unknown): Promise<RunStatus> {
    const { resources, store, notices } = this.options
    const loaded = loadWhole(input, this.options)
    if ('issues' in loaded) throw issueError(loaded.issues, 'scenario')
    const id = randomUUID()
    const recorder = new Recorder(store)
    const session = new LiveSession({
      id,
      phones: phonesIn(loaded.scenario.fleet),
      notices,
      recorder,
      run: ({ emit, steering, onDoing }) => {
        const told = (event: LabEvent): void => {
          emit(event)
          if (event.kind === 'session-started') notices.sessionsChanged()
        }
        return runSession(loaded, { resources, emit: told, steering, session: id, onDoing })
      },
    })
    this.live.set(id, session)
    void this.untilOver(session)
    return session.status
  }

  async resume(): Promise<RunStatus> {
    throw notYet('resumed')
  }

  async pause(session: string): Promise<RunStatus> {
    return this.alive(session).pause()
  }

  async proceed(session: string): Promise<RunStatus> {
    return this.alive(session).proceed()
  }

  async step(session: string): Promise<RunStatus> {
    return this.alive(session).step()
  }

  async stop(session: string): Promise<RunStatus> {
    return this.alive(session).stop()
  }

  async tune(session: string, phones: readonly number[], change: unknown): Promise<void> {
    this.alive(session).tune(phones, change)
  }

  async running(): Promise<readonly RunStatus[]> {
    return [...this.live.values()].map(({ status }) => status)
  }

  async sessions(search: string): ReturnType<LabCalls['sessions']> {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean)
    return this.options.store
      .sessions()
      .toReversed()
      .filter(({ name, method, state }) => words.every((word) => `${name} ${method} ${state}`.toLowerCase().includes(word)))
      .map((row) => ({ ...row, tags: [], notes: '', resumable: false }))
  }

  async open(session: string, seq?: number | null): ReturnType<LabCalls['open']> {
    const events = this.eventsOf(session)
    const end = Math.min(seq ?? events.length, events.length)
    return { view: events.slice(0, end).reduce(project, EMPTY_VIEW), seq: end, length: events.length }
  }

  async events(session: string, from: number, limit: number): Promise<readonly LabEvent[]> {
    return this.eventsOf(session).slice(from, from + limit)
  }

  async marks(session: string): ReturnType<LabCalls['marks']> {
    return marksOf(this.eventsOf(session))
  }

  async schedule(session: string, round: number, policy?: string | null): ReturnType<LabCalls['schedule']> {
    return scheduleOf(this.eventsOf(session), round, policy == null ? undefined : parse(policyNameSchema, policy, 'policy'))
  }

  async describeSession(): Promise<void> {
    throw notYet('tagged')
  }

  async remove(): Promise<void> {
    throw notYet('deleted')
  }

  async compare(): ReturnType<LabCalls['compare']> {
    throw notYet('compared')
  }

  async exportSession(): Promise<Uint8Array> {
    throw notYet('exported')
  }

  async importSession(): Promise<string> {
    throw notYet('imported')
  }

  /** Ends every session after its round in progress. */
  async close(): Promise<void> {
    for (const session of this.live.values()) session.stop()
    await Promise.all([...this.live.values()].map(({ over }) => over))
  }

  private async untilOver(session: LiveSession): Promise<void> {
    await session.over
    this.live.delete(session.id)
    this.options.notices.sessionsChanged()
  }

  private alive(session: string): LiveSession {
    const live = this.live.get(session)
    if (!live) throw new InputError('session', `"${session}", which does not run here`, 'a session that runs now')
    return live
  }

  private eventsOf(session: string): readonly LabEvent[] {
    return this.live.get(session)?.events ?? [...this.options.store.events(session)]
  }
}

function notYet(what: string): Error {
  return new Error(`Sessions can't be ${what} yet.`)
}
