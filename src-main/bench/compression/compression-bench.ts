/**
 * `compression`: controllers on bandwidth that stays and bandwidth that changes: virtual time to a target accuracy, in real runs. A
 * controller that doesn't look at links learns the same on all of them, so one run is timed on every trace; the others run on each.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { orInputError } from '#main/machine/positioned-io.ts'
import { findProfile } from '#shared/scenario/catalogue.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { writeWhole } from '#main/machine/whole-file.ts'
import { type Bench, median, thisMachine } from '../bench-definition.ts'
import { type Aim, aimTable, tableReport } from '../table-report.ts'
import {
  ADAPTIVE,
  type ControllerEntry,
  FIXED,
  PHONES,
  POLICY,
  PROFILE,
  TARGET,
  compressionPlan,
  learningScenario,
} from './compression-plan.ts'
import { type LearningRun, learningRun } from './learning-run.ts'
import { type Timing, timed } from './timed.ts'
import { type NamedTrace, traceCsv } from './traces.ts'

/** The results of one controller on one trace over the seeds. */
interface ControllerResult {
  readonly trace: string
  readonly controller: string
  /** Infinity is null: the target was not reached by most seeds. */
  readonly secondsToTarget: number | null
  readonly bySeed: readonly Timing[]
  /** Mean over guided rounds and layers. */
  readonly meanBits: number
  readonly fallbackRounds: number
}

export const compressionBench: Bench = {
  name: 'compression',
  options: { seeds: { type: 'string', value: 'N' }, out: { type: 'string', value: 'DIR' } },
  interruptible: true,
  async run(request) {
    const { resources, onProgress, signal, quick } = request
    const plan = compressionPlan(request)
    const directory = join(plan.out, 'runs')
    orInputError(plan.out, 'a directory that can be written', () => mkdirSync(directory, { recursive: true }))
    const machine = thisMachine()
    const profiles = loadCatalogue(resources.directory)
    const cloud = findProfile(profiles.devices, 'workstation')!
    const profile = findProfile(profiles.devices, PROFILE)!
    const link = findProfile(profiles.links, 'lte')!
    for (const { name, trace } of plan.traces) writeWhole(join(plan.out, `${name}.csv`), traceCsv(trace))
    const context = { resources, profiles, signal, directory, lab: machine.lab }
    const results: ControllerResult[] = []
    let interrupted = false
    const runOf = async (entry: ControllerEntry, seed: number, trace: NamedTrace): Promise<LearningRun | null> => {
      if (interrupted) return null
      const run = await learningRun(learningScenario(entry, seed, join(plan.out, `${trace.name}.csv`)), context)
      interrupted ||= run === null
      if (run) onProgress(`${entry.name}, seed ${seed}${entry.looksAtLinks ? `, ${trace.name}` : ''}: ${run.rounds.length} rounds`)
      return run
    }
    for (const entry of plan.entries) {
      for (const named of plan.traces) {
        const runs: { run: LearningRun; seed: number }[] = []
        for (const seed of plan.seeds) {
          const run = await runOf(entry, seed, entry.looksAtLinks ? named : plan.traces[0]!)
          if (run) runs.push({ run, seed })
        }
        if (interrupted) break
        const phones = Array.from({ length: PHONES }, (_, i) => ({
          id: `${PROFILE}-${i + 1}`,
          profile,
          link: { ...link, trace: named.trace },
        }))
        results.push(
          resultOf(
            entry,
            named,
            runs.map(({ run, seed }) => ({ run, timing: timed(run, TARGET, cloud, phones, POLICY, seed) })),
          ),
        )
      }
    }
    const aims = aimsOf(results, plan.traces)
    const sections = [
      {
        title: `Virtual seconds to ${100 * TARGET} % accuracy`,
        words: `Medians of ${plan.seeds.length} seeds: ${PHONES} phones of profile ${PROFILE}, all on the same bandwidth, policy ${POLICY}. The best fixed width is chosen in hindsight, trace by trace.`,
        table: timeTable(results, plan.traces),
      },
      {
        title: 'What it took',
        words: 'To the target; bytes of directions to each phone, time in which nobody computed.',
        table: costTable(results),
      },
      { title: 'Aims', words: '', table: aimTable(aims) },
    ]
    const traces = plan.traces.map(({ name, words, changes }) => ({ name, words, changes }))
    writeWhole(join(plan.out, 'results.json'), `${JSON.stringify({ machine, quick, interrupted, traces, results, aims }, null, 1)}\n`)
    const notes = plan.traces.map(({ name, words }) => `${name}: ${words} (${name}.csv)`)
    writeWhole(join(plan.out, 'report.md'), tableReport('Compression controllers compared', machine, sections, notes))
    return {
      results: { out: plan.out, results, aims },
      table: sections[0]!.table,
      notes: [
        ...aims.map(({ words, met, found }) => `${met ? 'met' : 'missed'}: ${words} (${found})`),
        ...(interrupted ? ['interrupted: the same command goes on with the runs that are missing'] : []),
        `report: ${join(plan.out, 'report.md')}; figures: results.json; runs: runs/`,
      ],
      interrupted,
    }
  },
}

function resultOf({ name }: ControllerEntry, trace: NamedTrace, runs: readonly { run: LearningRun; timing: Timing }[]): ControllerResult {
  const seconds = median(runs.map(({ timing }) => timing.secondsToTarget ?? Infinity))
  const bits = runs.flatMap(({ run }) => run.rounds.flatMap((round) => round.bits))
  return {
    trace: trace.name,
    controller: name,
    secondsToTarget: Number.isFinite(seconds) ? seconds : null,
    bySeed: runs.map(({ timing }) => timing),
    meanBits: bits.length === 0 ? 0 : bits.reduce((sum, each) => sum + each, 0) / bits.length,
    fallbackRounds: runs.reduce((sum, { run }) => sum + run.rounds.filter(({ fallback }) => fallback !== null).length, 0),
  }
}

const FIXED_NAMES = new Set(FIXED.map(({ name }) => name))

function secondsOf({ secondsToTarget }: ControllerResult): number {
  return secondsToTarget ?? Infinity
}

function bestFixed(results: readonly ControllerResult[], trace: string): ControllerResult | undefined {
  return results
    .filter((result) => result.trace === trace && FIXED_NAMES.has(result.controller))
    .toSorted((a, b) => secondsOf(a) - secondsOf(b))[0]
}

function aimsOf(results: readonly ControllerResult[], traces: readonly NamedTrace[]): Aim[] {
  const ratios = traces.flatMap(({ name, changes }) => {
    const best = bestFixed(results, name)
    const own = results.find((result) => result.trace === name && result.controller === ADAPTIVE.name)
    return best && own ? [{ name, changes, ratio: secondsOf(own) / secondsOf(best) }] : []
  })
  const found = (of: typeof ratios): string => of.map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`).join(', ')
  const changing = ratios.filter(({ changes }) => changes)
  return [
    {
      words: 'adaptive within 5 % of the best fixed width in hindsight on every trace',
      met: ratios.every(({ ratio }) => ratio <= 1.05),
      found: found(ratios),
    },
    { words: 'and better than it where the bandwidth changes', met: changing.every(({ ratio }) => ratio < 1), found: found(changing) },
  ]
}

function timeTable(results: readonly ControllerResult[], traces: readonly NamedTrace[]) {
  const controllers = [...new Set(results.map(({ controller }) => controller))]
  const words = (seconds: number): string => (Number.isFinite(seconds) ? seconds.toFixed(2) : 'never')
  return {
    columns: ['trace', 'best fixed', ...controllers],
    rows: traces.map(({ name }) => {
      const best = bestFixed(results, name)
      const cells = controllers.map((controller) => {
        const result = results.find((each) => each.trace === name && each.controller === controller)
        return result ? words(secondsOf(result)) : '–'
      })
      return [name, best ? `${best.controller}: ${words(secondsOf(best))}` : '–', ...cells]
    }),
  }
}

function costTable(results: readonly ControllerResult[]) {
  return {
    columns: ['trace', 'controller', 'rounds', 'bytes', 'exposed s', 'mean bits', 'rounds that fell back'],
    rows: results.map(({ trace, controller, bySeed, meanBits, fallbackRounds }) => [
      trace,
      controller,
      bySeed.map(({ roundsToTarget }) => roundsToTarget ?? '–').join(' '),
      formatBytes(median(bySeed.map(({ bytes }) => bytes))),
      median(bySeed.map(({ exposedSeconds }) => exposedSeconds)).toFixed(2),
      meanBits.toFixed(1),
      String(fallbackRounds),
    ]),
  }
}
