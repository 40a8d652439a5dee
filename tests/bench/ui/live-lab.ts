/**
 * A lab whose fleet of 64 never rests: the real web shell and the real channel, and behind them events as a run makes them, at the pace of a
 * run. Real phones would take the processor from the window that is measured.
 */
import type { LabCalls, LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import { serveLab } from '#shared/api/lab-rpc.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { NoticeSender } from '#main/lab/host/notice-sender.ts'
import { openWebShell, type WebShell } from '#main/shells/web/server.ts'
import { bigSession, type Size } from './big-session.ts'

const SESSION = 'bench-ui-live'
/** From one turn of the fleet to the next. */
const TURN_MILLISECONDS = 10
/** Of a round: two seconds, as with a small model. */
const TURNS = 200
/** Phones that begin something new in a turn: each of 64 about ten times a second. */
const PHONES_A_TURN = 6
const DOING = ['probing layer 1 of 4', 'probing layer 2 of 4', 'probing layer 3 of 4', 'sending 96 B', 'waiting for its turn']

export interface LiveLab extends WebShell {
  /** Events told so far. */
  readonly told: () => number
}

/** @param directory of the built window @param resources of the lab */
export async function openLiveLab(directory: string, resources: string, size: Size): Promise<LiveLab> {
  const rounds = bigSession(SESSION, size)
  // The first round is over when the window opens.
  const events: LabEvent[] = [...next(rounds), ...next(rounds)]
  const status: RunStatus = { session: SESSION, state: 'running', error: null }
  const notices = new Set<LabNotices>()
  const each = (tell: (window: LabNotices) => void): void => notices.forEach(tell)
  const batch = new NoticeSender(SESSION, {
    events: (...notice) => each((window) => window.events(...notice)),
    doing: (...notice) => each((window) => window.doing(...notice)),
  })
  let due: LabEvent[] = []
  let turn = 0
  const timer = setInterval(() => {
    // A round's events are spread over its turns.
    if (due.length === 0) due = next(rounds)
    for (const event of due.splice(0, Math.ceil(due.length / (TURNS - (turn % TURNS))))) batch.add(event, events.push(event) - 1)
    for (let n = turn * PHONES_A_TURN; n < (turn + 1) * PHONES_A_TURN; n++) {
      batch.addDoing(n % size.phones, DOING[Math.floor(n / size.phones) % DOING.length]!)
    }
    turn++
  }, TURN_MILLISECONDS)
  const calls = {
    describe: async () => ({
      version: 'bench',
      shell: 'web',
      cap: { mechanism: 'rlimit-data', enforced: true, words: '' },
      environment: {},
      catalogue: loadCatalogue(resources),
      scenarios: [],
      storePath: '',
      storeNotice: null,
      warnings: [],
    }),
    check: async () => ({ issues: [], scenario: null, phones: [], size: null, machine: null }),
    running: async () => [status],
    sessions: async () => [],
    open: async (_session: string, seq = events.length) => {
      const { view } = new Projection().addAll(events.slice(0, seq))
      return { view, length: events.length }
    },
    events: async (_session: string, from: number, limit: number) => events.slice(from, from + limit),
    schedule: async (_session: string, round: number) =>
      events.find((event) => event.kind === 'round-scheduled' && event.round === round) ?? null,
  } as unknown as LabCalls
  const shell = await openWebShell({
    directory,
    connect(channel) {
      const window = serveLab(channel, calls)
      notices.add(window)
      channel.onClose(() => notices.delete(window))
    },
  })
  return {
    address: shell.address,
    told: () => events.length,
    async close() {
      clearInterval(timer)
      await shell.close()
    },
  }
}

function next(rounds: Generator<LabEvent[]>): LabEvent[] {
  const { value, done } = rounds.next()
  return done ? [] : value
}
