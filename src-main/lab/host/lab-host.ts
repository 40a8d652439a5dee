/**
 * The lab as windows see it: it implements the contract of src-shared/api for running and stored sessions. It knows no shell; its owner connects windows
 * to it and passes its notices on.
 */
import { randomUUID } from 'node:crypto'
import type { LabCalls, LabDescription, LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import { SessionFault, isFault } from '#shared/errors/fault.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { EMPTY_VIEW } from '#shared/events/projection.ts'
import { phonesIn } from '#shared/scenario/fleet-schema.ts'
import { issueError, parse } from '#shared/scenario/issues.ts'
import { policyNameSchema } from '#shared/scenario/schedule-schema.ts'
import type { StoreThread } from '#main/store/store-thread.ts'
import type { FaultLog } from '../fault-log.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { type RecordedOptions, recordSession, resumeSession } from '../record-session.ts'
import { Reader } from '#main/reading/reader.ts'
import type { Resources } from '#main/machine/resources.ts'
import { checkScenario, loadWhole } from './check-scenario.ts'
import { describeCap, describeMachine } from './describe-lab.ts'
import { type IdleWorker, measureIdleWorker } from './idle-worker.ts'
import { LiveSession } from './live-session.ts'
import { scheduleOfRound } from './session-schedule.ts'
import { openedScenario, shippedScenarios } from './shipped-scenarios.ts'

export interface LabHostOptions {
  readonly resources: Resources
  readonly shell: LabDescription['shell']
  readonly version: string
  /** The directory that relative paths from a window start from. */
  readonly cwd: string
  /** The directory with the `data` and `models` that shipped scenarios name. */
  readonly dataDirectory: string
  /** The absolute path of the scenario that a window begins with; null for the quickstart. */
  readonly scenarioFile: string | null
  readonly store: StoreThread
  /** The notices that every window receives. */
  readonly notices: LabNotices
  /** The warnings that every window has been given, for windows that connect later. */
  readonly warnings: readonly string[]
  /** The log of the lab's own faults. */
  readonly faults: FaultLog
}

export class LabHost implements LabCalls {
  private readonly options: LabHostOptions
  private readonly live = new Map<string, LiveSession>()
  private readonly reader: Reader
  private idle: Promise<IdleWorker> | null = null

  constructor(options: LabHostOptions) {
    this.options = options
    this.reader = new Reader(options.resources)
  }

  async describe(): Promise<LabDescription> {
    const { version, shell, resources, dataDirectory, scenarioFile, store } = this.options
    const shipped = shippedScenarios(resources.directory, dataDirectory)
    return {
      version,
      shell,
      cap: describeCap(),
      environment: describeMachine(),
      catalogue: loadCatalogue(resources.directory),
      scenarios: scenarioFile === null ? shipped : [openedScenario(scenarioFile), ...shipped],
      storePath: store.file,
      warnings: this.options.warnings,
    }
  }

  async check(input: unknown): ReturnType<LabCalls['check']> {
    const { resources, cwd } = this.options
    this.idle ??= measureIdleWorker(resources)
    return checkScenario(input, { resources, cwd, reader: this.reader, idle: await this.idle })
  }

  async start(input: unknown): Promise<RunStatus> {
    const loaded = loadWhole(input, this.options)
    if ('issues' in loaded) throw issueError(loaded.issues, 'scenario')
    return this.run(randomUUID(), phonesIn(loaded.scenario.fleet), (options) => recordSession(loaded, options), 'new')
  }

  async resume(session: string): Promise<RunStatus> {
    if (this.live.has(session)) throw new InputError('session', `"${session}", which runs already`, 'a session that broke off')
    const { scenario } = await this.options.store.session(session)
    return this.run(session, phonesIn(scenario.fleet), (options) => resumeSession(session, options), 'kept')
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
    const rows = await this.options.store.sessions(search)
    // Windows list the newest session first, and a session that runs here can't be resumed.
    return rows.toReversed().map((row) => ({ ...row, resumable: row.resumable && !this.live.has(row.id) }))
  }

  async open(session: string, seq?: number | null): ReturnType<LabCalls['open']> {
    if (!(await this.isKept(session))) return { view: EMPTY_VIEW, length: 0 }
    return this.options.store.viewAt(session, seq ?? undefined)
  }

  async events(session: string, from: number, limit: number): Promise<readonly LabEvent[]> {
    return (await this.isKept(session)) ? this.options.store.events(session, from, limit) : []
  }

  async schedule(session: string, round: number, policy?: string | null): ReturnType<LabCalls['schedule']> {
    if (!(await this.isKept(session))) return null
    return scheduleOfRound(this.options.store, session, round, policy == null ? undefined : parse(policyNameSchema, policy, 'policy'))
  }

  async describeSession(session: string, change: Parameters<LabCalls['describeSession']>[1]): Promise<void> {
    await this.options.store.describe(session, change)
    this.options.notices.sessionsChanged()
  }

  async remove(sessions: readonly string[]): Promise<void> {
    const running = sessions.find((session) => this.live.has(session))
    if (running !== undefined) throw new InputError('session', `"${running}", which runs`, 'sessions that are over; stop it first')
    await this.options.store.remove(sessions)
    this.options.notices.sessionsChanged()
  }

  async compare(sessions: readonly string[]): ReturnType<LabCalls['compare']> {
    return this.options.store.compare(sessions)
  }

  exportSession(session: string): Promise<Uint8Array> {
    return this.options.store.exportSession(session)
  }

  async importing(): Promise<number | null> {
    return this.options.store.importShare
  }

  async importSession(file: Uint8Array, signal?: AbortSignal): Promise<string> {
    const session = await this.options.store.importSession(file, 'the file', signal)
    this.options.notices.sessionsChanged()
    return session
  }

  /** Ends every session after its round in progress. */
  async close(): Promise<void> {
    for (const session of this.live.values()) session.stop()
    await Promise.all([this.reader.close(), ...[...this.live.values()].map(({ over }) => over)])
  }

  private run(id: string, phones: number, record: (options: RecordedOptions) => Promise<void>, was: 'new' | 'kept'): RunStatus {
    const { resources, store, notices, faults } = this.options
    const session = new LiveSession({
      id,
      phones,
      was,
      notices,
      run: (run) => record({ ...run, resources, store, session: id, onWorkerFault: (what, detail) => faults.note(what, detail) }),
      onBegun: () => notices.sessionsChanged(),
      wordsFor: (error) => (isFault(error) ? faults.tell(new SessionFault(id, error)) : (error as Error).message),
    })
    this.live.set(id, session)
    void this.untilOver(session)
    return session.status
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

  /** Stores all events so far of a session that runs here. @returns false while the session still starts, so that the store doesn't know it yet */
  private async isKept(session: string): Promise<boolean> {
    return (await this.live.get(session)?.keep()) ?? true
  }
}
