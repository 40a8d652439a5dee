/**
 * A dozen of the scenarios that `node tests/endurance/scenarios.ts` draws, one for each method and for each part of `federation` that rules out others,
 * with the same seed every time and the cheapest models and fleets.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ScenarioInput } from '#shared/scenario/scenario.ts'
import { PLACES, writeFiles } from '../../endurance/scenarios/files.ts'
import { type Trial, run, trials } from '../../endurance/scenarios/trial.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'

const SEED = 1
const CHECKS = ['policy', 'verify', 'kill', 'states'] as const
const DRAWN = 4000
const MOST_PHONES = 2

const directory = mkdtempSync(join(tmpdir(), 'cooperlab-generated-'))
beforeAll(() => writeFiles(directory))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
afterEach(expectNoWorkers)

const phones = ({ fleet }: ScenarioInput): number => fleet.reduce((sum, { count = 1 }) => sum + count, 0)
const leavesOut = ({ federation }: ScenarioInput): boolean => federation?.clientsPerRound === 1 || (federation?.dropout ?? 0) > 0.2
const MOST_ROUNDS = 15
/** Ends as late as it may, so that phones come back after a state was saved, and takes seconds. */
const lasts = ({ stop }: ScenarioInput): boolean =>
  (stop?.rounds ?? 0) <= MOST_ROUNDS &&
  stop?.forwardPasses === undefined &&
  stop?.virtualSeconds === undefined &&
  stop?.targetAccuracy === undefined

const WANTED: readonly (readonly [what: string, is: (scenario: ScenarioInput) => boolean])[] = [
  ...(['cooper', 'fedmezo', 'heimda', 'fwdllm', 'fedkseed', 'decomfl', 'fedavg'] as const).map(
    (kind) => [kind, (scenario: ScenarioInput) => scenario.method?.kind === kind && leavesOut(scenario)] as const,
  ),
  ['cloud-only', ({ method }) => method?.kind === 'cloud-only'],
  ['every weight trained', (scenario) => scenario.model.adapter?.kind === 'full' && leavesOut(scenario)],
  ['buffered answers', ({ federation }) => federation?.aggregation?.kind === 'buffered'],
  ['masked answers', ({ federation }) => federation?.secureAggregation === true],
  ['central privacy', ({ federation }) => federation?.privacy !== undefined && federation.privacy.model !== 'local'],
]

const drawn = fc
  .sample(trials, { seed: SEED, numRuns: DRAWN })
  .filter(({ scenario }) => phones(scenario) <= MOST_PHONES && scenario.model.checkpoint === PLACES.encoder && lasts(scenario))

/** Each runs the lab's command line twice, on a machine that may be busy with other tests. */
const TIMEOUT_MILLISECONDS = 300_000

test.each(WANTED.map(([what, is], i) => [what, CHECKS[i % CHECKS.length]!, is] as const))(
  'what was drawn for %s holds, by %s',
  { timeout: TIMEOUT_MILLISECONDS },
  async (what, check, is) => {
    const trial: Trial = { ...drawn.find(({ scenario }) => is(scenario))!, check }
    expect(await run(trial, directory, what.replaceAll(' ', '-'))).toMatchObject({ how: 'held' })
  },
)
