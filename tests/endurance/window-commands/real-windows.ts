/** A lab behind its web shell with as many windows as are opened, each of which keeps what it was told. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { sourceResources } from '#main/machine/resources.ts'
import { type OpenLab, openLab } from '#main/shells/open-lab.ts'
import { type WebShell, openWebShell } from '#main/shells/web/server.ts'
import { socketChannel } from '#main/shells/web/window-socket.ts'
import type { LabCalls, LabNotices, RunState } from '#shared/api/lab-api.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { callLab } from '#shared/api/lab-rpc.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import { type Client, exchange, openSocket } from '../../integration/shells/web-client.ts'
import { tinyScenario } from '../killed-session.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const ROUNDS = 5
const ALL = 100_000

interface Told {
  readonly from: number
  readonly events: readonly LabEvent[]
}

export interface Window {
  readonly calls: LabCalls
  /** By session, in the order told. */
  readonly told: Map<string, Told[]>
  readonly states: Map<string, RunState[]>
  close(): void
}

export class RealWindows {
  readonly windows: Window[] = []
  /** Faults of the lab, one line each. */
  readonly faults: readonly string[]
  private readonly lab: OpenLab
  private readonly shell: WebShell
  private readonly client: Client
  private readonly input: object

  private constructor(lab: OpenLab, shell: WebShell, client: Client, input: object, faults: readonly string[]) {
    this.faults = faults
    this.lab = lab
    this.shell = shell
    this.client = client
    this.input = input
  }

  /** @param folder for its store and its data */
  static async open(folder: string): Promise<RealWindows> {
    const faults: string[] = []
    const lab = await openLab({
      resources: sourceResources(ROOT),
      shell: 'web',
      version: '1',
      cwd: folder,
      dataDirectory: folder,
      scenarioFile: null,
      storePath: join(folder, 'sessions.db'),
      onFault: (words) => faults.push(words),
    })
    const shell = await openWebShell({ directory: join(ROOT, 'src-renderer'), connect: (channel) => lab.connect(channel) })
    const scenario = tinyScenario(folder, { stop: { rounds: ROUNDS }, fleet: [{ profile: 'pixel-4', count: 2 }] })
    const input = JSON.parse(readFileSync(scenario, 'utf8')) as object
    const real = new RealWindows(lab, shell, await exchange(shell.address), input, faults)
    await real.openWindow()
    return real
  }

  get first(): LabCalls {
    return this.windows[0]!.calls
  }

  /** The last one that was opened. */
  get newest(): LabCalls {
    return this.windows.at(-1)!.calls
  }

  async openWindow(): Promise<void> {
    const told = new Map<string, Told[]>()
    const states = new Map<string, RunState[]>()
    const add = <T>(map: Map<string, T[]>, key: string, value: T): void => void map.set(key, [...(map.get(key) ?? []), value])
    const notices: LabNotices = {
      events: (session, from, events) => add(told, session, { from, events }),
      status: ({ session, state }) => add(states, session, state),
      doing: () => {},
      sessionsChanged: () => {},
      warn: () => {},
    }
    const channel = socketChannel(await openSocket(this.client))
    this.windows.push({ calls: callLab(channel, notices), told, states, close: () => channel.close() })
  }

  async start(): Promise<string> {
    return (await this.newest.start(this.input)).session
  }

  /**
   * What is shown of a session after its newest event, and after another, is the fold of its events, whoever asks.
   * @param share where the other event is, from 0 to 1
   */
  async check(session: string, share: number): Promise<void> {
    if (!(await this.isKept(session))) return
    try {
      await this.checkShown(session, share)
    } catch (error) {
      // It may have ended before it began, in the meantime.
      if (!(error instanceof InputError) || (await this.isKept(session))) throw error
    }
  }

  private async checkShown(session: string, share: number): Promise<void> {
    for (const { calls } of [this.windows[0]!, this.windows.at(-1)!]) {
      const { length } = await calls.open(session)
      for (const seq of [undefined, Math.floor(share * length)]) {
        const { view: shown } = await calls.open(session, seq)
        const events = await calls.events(session, 0, shown.seq)
        // A session that goes on forgets what came after its last whole round.
        if (events.length < shown.seq) continue
        const { view } = new Projection().addAll(events)
        if (!isDeepStrictEqual(plain(shown), plain(view)))
          throw new Error(`after ${shown.seq} events the view of ${session} is not their fold`)
      }
    }
  }

  /** What windows were told of a session that is over is what the store has, each event once and in order. */
  async checkTold(session: string): Promise<void> {
    if (!(await this.isKept(session))) return
    const events = await this.first.events(session, 0, ALL)
    for (const [number, { told }] of this.windows.entries()) {
      const parts = told.get(session) ?? []
      let next = parts[0]?.from ?? 0
      for (const { from, events: some } of parts) {
        // Where it went on from an earlier round it is told anew from there.
        if (from > next) throw new Error(`window ${number} misses events ${next} to ${from} of ${session}`)
        next = from + some.length
      }
      const known = new Map(parts.flatMap(({ from, events: some }) => some.map((event, i) => [from + i, event] as const)))
      for (const [seq, event] of known) {
        if (seq < events.length && !isDeepStrictEqual(plain(event), plain(events[seq])))
          throw new Error(`event ${seq} of ${session} was told differently`)
      }
    }
  }

  /** One that was stopped before it began is nowhere: nobody was told anything of it. */
  private async isKept(session: string): Promise<boolean> {
    const [running, kept] = [await this.live(), await this.first.sessions('')]
    if (running.includes(session) || kept.some(({ id }) => id === session)) return true
    if (this.windows.some(({ told }) => told.has(session))) throw new Error(`session ${session}, of which windows were told, is gone`)
    return false
  }

  async live(): Promise<string[]> {
    return (await this.first.running()).map(({ session }) => session)
  }

  /** Until nothing runs. */
  async settle(): Promise<void> {
    for (const session of await this.live()) await this.first.stop(session).catch(() => {})
    while ((await this.live()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  async close(): Promise<void> {
    for (const window of this.windows) window.close()
    await this.lab.close()
    await this.shell.close()
  }
}

/** As it looks behind a channel, where what is undefined may be absent. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}
