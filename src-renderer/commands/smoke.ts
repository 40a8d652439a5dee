/** Tries every call that only reads, and two rounds of a run, over the window's own connection: what a user's first minutes need. */
import type { LabCalls, RunStatus } from '#shared/api/lab-api.ts'
import type { ScenarioInput } from '#shared/scenario/scenario.ts'

const LOOK_MILLISECONDS = 100
const ROUNDS = 2

/** The quickstart's model and method on few rows. */
const SCENARIO: ScenarioInput = {
  name: 'Smoke',
  model: { checkpoint: 'builtin:encoder', maxLength: 16 },
  data: { train: { path: 'builtin:topic/train?rows=300' }, test: { path: 'builtin:topic/test?rows=40' } },
  fleet: [{ profile: 'pixel-4', count: 2, link: 'lte' }],
  stop: { rounds: ROUNDS },
}

/** @returns what doesn't work, one line each */
export async function tryEverything(lab: LabCalls): Promise<string[]> {
  const problems: string[] = []
  /** @param wrong why the answer can't be right, as a clause; null: it may be */
  const attempt = async <T>(name: string, call: () => Promise<T>, wrong: (answer: T) => string | null = () => null): Promise<T | null> => {
    try {
      const answer = await call()
      const why = wrong(answer)
      if (why !== null) problems.push(`${name}: ${why}`)
      return answer
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      return null
    }
  }

  const described = await attempt('describe', () => lab.describe())
  await attempt(
    'running',
    () => lab.running(),
    (list) => (list.length > 0 ? 'a run nobody started' : null),
  )
  await attempt('sessions', () => lab.sessions(''))
  await attempt(
    'importing',
    () => lab.importing(),
    (share) => (share === null ? null : 'an import nobody began'),
  )
  if (described?.scenarios[0]?.missing !== null) problems.push('describe: the quickstart can not run here')
  await attempt(
    'check',
    () => lab.check(SCENARIO),
    ({ issues }) => issues[0]?.path ?? null,
  )

  const started = await attempt('start', () => lab.start(SCENARIO))
  if (!started) return problems
  const { session } = started
  await attempt(
    'run',
    () => untilOver(lab, session),
    (last) => last?.error ?? null,
  )
  await attempt(
    'open',
    () => lab.open(session),
    ({ view }) => (view.round === ROUNDS ? null : `${view.round} rounds instead of ${ROUNDS}`),
  )
  await attempt(
    'events',
    () => lab.events(session, 0, 10_000),
    (events) => (events.at(-1)?.kind === 'session-finished' ? null : 'no end'),
  )
  await attempt(
    'schedule',
    () => lab.schedule(session, 1),
    (schedule) => (schedule === null ? 'none of the first round' : null),
  )
  await attempt('compare', () => lab.compare([session, session]))
  await attempt(
    'exportSession',
    () => lab.exportSession(session),
    (file) => (file.length > 0 ? null : 'an empty file'),
  )
  return problems
}

/** @returns its last state that was seen; null: it was over before anybody looked */
async function untilOver(lab: LabCalls, session: string): Promise<RunStatus | null> {
  let last: RunStatus | null = null
  for (;;) {
    const status = (await lab.running()).find((other) => other.session === session)
    if (!status) return last
    last = status
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
  }
}
