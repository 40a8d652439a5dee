/**
 * `methods`: every method on the same data, phones and budget of forward passes, under several states of the public data, with several
 * seeds; each method's learning rate is searched for in the same way. Every run has a file of its own, so that a bench that was
 * interrupted goes on where it was.
 */
import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { orInputError } from '#main/machine/positioned-io.ts'
import { formatSeconds } from '#shared/units/quantities.ts'
import { writeWhole } from '#main/machine/whole-file.ts'
import { type Bench, type BenchRequest, thisMachine } from '../bench-definition.ts'
import { checkPlan } from './check-plan.ts'
import { type MethodRuns, type ScenarioResult, type SearchResult, compare } from './comparison.ts'
import { type ExecutionContext, executeRun } from './execute-run.ts'
import { htmlReport } from './html-report.ts'
import { markdownReport } from './markdown-report.ts'
import { CONDITIONS } from './conditions.ts'
import { type MethodEntry, RATES } from './method-entries.ts'
import { type MethodsPlan, SEARCH_SEED_OFFSET, conditionsOf, methodsPlan } from './methods-plan.ts'
import { type RunResult, readResult, runKey, writeResult } from './run-result.ts'
import { type RunChoice, runScenario } from './run-scenario.ts'
import { type Trial, bestTrial, nextRate } from './search.ts'
import { meanOfLast } from './run-statistics.ts'
import { resultTable } from './result-table.ts'

const OPTIONS = {
  scenario: { type: 'string', value: 'FILE', multiple: true },
  data: { type: 'string', value: 'DIR' },
  set: { type: 'string', value: 'path=value', multiple: true },
  methods: { type: 'string', value: 'NAME,…' },
  conditions: { type: 'string', value: 'NAME,…' },
  seeds: { type: 'string', value: 'N' },
  passes: { type: 'string', value: 'N' },
  trials: { type: 'string', value: 'N' },
  out: { type: 'string', value: 'DIR' },
} as const

export const methodsBench: Bench = {
  name: 'methods',
  options: OPTIONS,
  interruptible: true,
  async run(request) {
    const plan = methodsPlan(request)
    const classes = await checkPlan(plan, request.resources)
    orInputError(plan.out, 'a directory that can be written', () => mkdirSync(join(plan.out, 'runs'), { recursive: true }))
    const machine = thisMachine()
    const { scenarios, missing } = await new Comparison(plan, classes, request, machine.lab).run()
    const report = { machine, quick: request.quick, missing, scenarios }
    writeWhole(join(plan.out, 'results.json'), `${JSON.stringify(report, null, 1)}\n`)
    writeWhole(join(plan.out, 'report.md'), markdownReport(report))
    writeWhole(join(plan.out, 'report.html'), htmlReport(report))
    return {
      results: { out: plan.out, missing, scenarios: scenarios.map(withoutCurves) },
      table: resultTable(scenarios),
      notes: [
        ...(missing > 0 ? [`interrupted: ${missing} runs are missing; the same command goes on with them.`] : []),
        `report: ${join(plan.out, 'report.html')} and report.md; figures: results.json; runs: runs/`,
      ],
      interrupted: missing > 0,
    }
  },
}

type Choice = Omit<RunChoice, 'classes'>

/** All runs of a plan, including those that are on file. */
class Comparison {
  private readonly plan: MethodsPlan
  /** The number of classes of each scenario. */
  private readonly classes: readonly number[]
  private readonly request: BenchRequest
  private readonly lab: string
  private readonly runs: string
  /** The runs that were reported as done: a run may stand for several states of the public data, or for two scenarios that differ in name. */
  private readonly counted = new Set<string>()
  private readonly spent = { passes: 0, seconds: 0 }
  private remainingPasses: number
  private readonly total: number

  constructor(plan: MethodsPlan, classes: readonly number[], request: BenchRequest, lab: string) {
    this.plan = plan
    this.classes = classes
    this.request = request
    this.lab = lab
    this.runs = join(plan.out, 'runs')
    const { entries, bases, seeds, trials, passes, searchPasses } = plan
    const perSeed = bases.flatMap(({ scenario }) => entries.map((e) => (e.seesPublic ? conditionsOf(plan, scenario).length : 1)))
    const searched = trials > 1 ? bases.length * entries.length * trials : 0
    const reported = seeds * perSeed.reduce((sum, count) => sum + count, 0)
    this.total = searched + reported
    this.remainingPasses = searched * searchPasses + reported * passes
  }

  async run(): Promise<{ scenarios: ScenarioResult[]; missing: number }> {
    const scenarios: ScenarioResult[] = []
    for (const [i, base] of this.plan.bases.entries()) {
      const result = await this.scenario(base, this.classes[i]!)
      if (result) scenarios.push(result)
    }
    return { scenarios, missing: this.total - this.counted.size }
  }

  private async scenario({ scenario: base, profiles }: MethodsPlan['bases'][number], classes: number): Promise<ScenarioResult | null> {
    const { plan, request, lab } = this
    const context: ExecutionContext = { resources: request.resources, profiles, lab, signal: request.signal }
    const obtain = (choice: Choice, what: string): Promise<RunResult | null> =>
      this.obtain(runScenario(base, { ...choice, classes }), what, choice, context)
    const searches: SearchResult[] = []
    for (const entry of plan.entries) searches.push(await this.search(entry, base.seed + SEARCH_SEED_OFFSET, obtain))
    const chosenRate = (entry: MethodEntry): number => searches.find(({ method }) => method === entry.name)!.chosen

    const conditions = conditionsOf(plan, base)
    const seeds = Array.from({ length: plan.seeds }, (_, i) => base.seed + i)
    const records = new Map<string, RunResult[]>()
    for (const seed of seeds) {
      for (const condition of conditions) {
        for (const entry of plan.entries) {
          const choice = { entry, condition, seed, learningRate: chosenRate(entry), passes: plan.passes, horizonPasses: plan.passes }
          const record = await obtain(choice, `${entry.name}, public data ${entry.seesPublic ? condition.name : 'not seen'}, seed ${seed}`)
          const id = `${condition.name} ${entry.name}`
          if (record) records.set(id, [...(records.get(id) ?? []), record])
        }
      }
    }
    const compared = conditions.flatMap((condition) => {
      const methods = plan.entries.flatMap((entry): MethodRuns[] => {
        const of = records.get(`${condition.name} ${entry.name}`)
        return of ? [{ entry, records: of }] : []
      })
      return methods.length === 0 ? [] : [compare(condition, methods, plan.passes, base.stop.targetAccuracy ?? null)]
    })
    if (compared.length === 0) return null
    return {
      name: base.name,
      checkpoint: base.model.checkpoint,
      phones: base.fleet.reduce((sum, { count }) => sum + count, 0),
      passes: plan.passes,
      searchPasses: plan.searchPasses,
      searchSeed: base.seed + SEARCH_SEED_OFFSET,
      seeds,
      searches,
      conditions: compared,
    }
  }

  private async search(
    entry: MethodEntry,
    seed: number,
    obtain: (choice: Choice, what: string) => Promise<RunResult | null>,
  ): Promise<SearchResult> {
    const { trials: count, searchPasses: passes, passes: horizonPasses } = this.plan
    const trials: Trial[] = []
    if (count === 1) return { method: entry.name, trials, chosen: entry.startRate }
    for (
      let rate = nextRate(RATES, entry.startRate, trials, count);
      rate !== null;
      rate = nextRate(RATES, entry.startRate, trials, count)
    ) {
      const choice = { entry, condition: CONDITIONS[0]!, seed, learningRate: rate, passes, horizonPasses }
      const record = await obtain(choice, `${entry.name}, searching, learning rate ${rate}`)
      if (!record) break
      trials.push({ rate, loss: record.failure === null ? meanOfLast(record.history.map(({ loss }) => loss)) : Number.NaN })
    }
    return { method: entry.name, trials, chosen: bestTrial(trials)?.rate ?? entry.startRate }
  }

  /** The run's record, from its file or by running it; null once interrupted. */
  private async obtain(
    scenario: RunResult['scenario'],
    what: string,
    { passes }: Choice,
    context: ExecutionContext,
  ): Promise<RunResult | null> {
    const { onProgress, signal } = this.request
    const key = runKey(scenario, this.lab)
    const stored = readResult(this.runs, key)
    if (stored !== 'absent' && 'wrong' in stored) onProgress(`${stored.path}: ${stored.wrong}; this run is made again`)
    let record = stored === 'absent' || 'wrong' in stored ? null : stored
    if (record === null && !signal.aborted) {
      record = await executeRun(scenario, context)
      if (record) {
        writeResult(this.runs, record)
        this.spent.passes += passes
        this.spent.seconds += record.wallSeconds
      }
    }
    if (record === null) return null
    const name = `${scenario.name} · ${what}`
    if (this.counted.has(name)) return record
    this.counted.add(name)
    this.remainingPasses -= passes
    const last = record.history.at(-1)!
    const outcome = record.failure ?? `accuracy ${last.accuracy.toFixed(3)} after round ${last.round}`
    const origin = stored === record ? 'on file' : formatSeconds(record.wallSeconds)
    onProgress(`${this.counted.size}/${this.total} · ${name}: ${outcome} · ${origin}${this.remaining()}`)
    return record
  }

  private remaining(): string {
    const { passes, seconds } = this.spent
    if (passes === 0 || this.counted.size === this.total) return ''
    return ` · about ${formatSeconds((this.remainingPasses * seconds) / passes)} left`
  }
}

function withoutCurves({ conditions, ...rest }: ScenarioResult): object {
  return {
    ...rest,
    conditions: conditions.map(({ methods, ...condition }) => ({
      ...condition,
      methods: methods.map(({ curve: _curve, ...method }) => method),
    })),
  }
}
