/**
 * `pipeline`: what a round takes under every policy, with every controller, on every link and with several fleets, on the clock alone; and
 * what the clock and the controller themselves cost.
 */
import { POLICY_NAMES } from '#shared/scenario/schedule-schema.ts'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { orInputError } from '#main/machine/positioned-io.ts'
import { findProfile } from '#shared/scenario/catalogue.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { writeWhole } from '#main/machine/whole-file.ts'
import { type Bench, type BenchTable, thisMachine } from '../bench-definition.ts'
import { type Aim, aimTable, tableReport } from '../table-report.ts'
import { BASE, BEST, BEST_BY_LAYER, BEST_STALE, FLEETS, type GridRow, goodputOf, gridRows } from './pipeline-grid.ts'
import { type Speed, measureSpeed } from './speed.ts'
import { workloads } from './workloads.ts'

const QUICK_LINKS = new Set(['slow-4g', 'lte'])

export const pipelineBench: Bench = {
  name: 'pipeline',
  options: { out: { type: 'string', value: 'DIR' } },
  interruptible: true,
  async run({ resources, quick, options, cwd, signal, onProgress }) {
    const out = resolve(cwd, (options['out'] as string | undefined) ?? 'bench-pipeline')
    orInputError(out, 'a directory that can be written', () => mkdirSync(out, { recursive: true }))
    const catalogue = loadCatalogue(resources.directory)
    const rows: GridRow[] = []
    for (const workload of workloads(resources).slice(0, quick ? 1 : undefined)) {
      for (const fleet of FLEETS.slice(0, quick ? 1 : undefined)) {
        onProgress(`${workload.model}, ${workload.trained}, ${fleet.name} phones`)
        for (const link of catalogue.links) {
          if (signal.aborted || (quick && !QUICK_LINKS.has(link.id))) continue
          rows.push(...(await gridRows(workload, fleet, link, catalogue)))
          // The pause lets an interruption be heard.
          await new Promise((done) => setImmediate(done))
        }
      }
    }
    const speed = measureSpeed(quick ? 3 : 40)
    const aims = aimsOf(rows, speed, goodputOf(findProfile(catalogue.links, 'lte')!))
    const machine = thisMachine()
    const sections = [
      {
        title: 'A round, link by link',
        words:
          'Virtual seconds per round. The bound is what a round takes where messages have their latency but no size, or the time of one bit per value on the link if that is more; "by layer" has a bound of its own, since probes of one layer may overlap with the arrival of the next. Where a controller falls back to fewer values or none, a round may take less than the bound.',
        table: gridTable(rows),
      },
      { title: 'Policies', words: 'Virtual seconds per round, and of those exposed communication.', table: policyTable(rows) },
      { title: 'Aims', words: '', table: aimTable(aims) },
    ]
    const results = { machine, quick, interrupted: signal.aborted, rows, speed, aims }
    writeWhole(join(out, 'results.json'), `${JSON.stringify(results, null, 1)}\n`)
    writeWhole(join(out, 'report.md'), tableReport('The pipeline on every link', machine, sections, []))
    return {
      results: { out, speed, aims, rows },
      table: sections[0]!.table,
      notes: [
        ...aims.map(({ words, met, found }) => `${met ? 'met' : 'missed'}: ${words} (${found})`),
        `report: ${join(out, 'report.md')}; figures: results.json`,
      ],
      interrupted: signal.aborted,
    }
  },
}

type Choice = Pick<GridRow, 'policy' | 'controller' | 'guidance'>

/** The figures of one model, fleet and link. */
class Place {
  readonly base: GridRow
  private readonly rows: readonly GridRow[]

  constructor(rows: readonly GridRow[]) {
    this.rows = rows
    this.base = this.of(BASE)
  }

  get name(): string {
    const { model, trained, fleet, link } = this.base
    return `${model} ${trained}, ${fleet}, ${link}`
  }

  of({ policy, controller, guidance }: Choice): GridRow {
    return this.rows.find((row) => row.policy === policy && row.controller === controller && row.guidance === guidance)!
  }

  /** Returns how many times less a round takes than sequentially with float32. */
  times(choice: Choice): number {
    return this.base.secondsPerRound / this.of(choice).secondsPerRound
  }

  overBound(choice: Choice): number {
    const { secondsPerRound, boundSeconds } = this.of(choice)
    return secondsPerRound / boundSeconds
  }
}

function placesOf(rows: readonly GridRow[]): Place[] {
  const places = Map.groupBy(rows, ({ model, trained, fleet, link }) => `${model} ${trained} ${fleet} ${link}`)
  return [...places.values()].map((own) => new Place(own))
}

/** @param lte its goodput: loss makes some links slower whatever bandwidth they name */
function aimsOf(rows: readonly GridRow[], { roundCpuMilliseconds, decisionMilliseconds }: Speed, lte: number): Aim[] {
  const places = placesOf(rows)
  const heavy = places.filter(({ base }) => base.exposedShare > 0.7)
  const fast = places.filter(({ base }) => base.linkBitsPerSecond >= lte)
  return [
    ...[BEST, BEST_BY_LAYER].map((choice): Aim => {
      const failing = heavy.filter((place) => place.times(choice) < 3)
      const hopeless = failing.filter((place) => place.base.secondsPerRound / place.of(choice).boundSeconds < 3).length
      return {
        words: `layerwise + adaptive (${choice.guidance}): at least 3 times less than sequential + float32 where communication is over 70 % of that`,
        met: failing.length === 0,
        found: `${summary(heavy, failing, (place) => place.times(choice), 'least')}${hopeless > 0 ? `; in ${hopeless} the bound itself is less than 3 times below` : ''}`,
      }
    }),
    ...[BEST, BEST_BY_LAYER].map((choice): Aim => {
      const failing = fast.filter((place) => place.overBound(choice) > 1.15)
      const hopeless = failing.filter((place) => place.of(choice).oneBitSeconds > 1.15 * place.of(choice).boundSeconds).length
      return {
        words: `layerwise + adaptive (${choice.guidance}): within 15 % of the lower bound on LTE and faster`,
        met: failing.length === 0,
        found: `${summary(fast, failing, (place) => place.overBound(choice), 'most')}${hopeless > 0 ? `; in ${hopeless} even one bit a value takes longer` : ''}`,
      }
    }),
    {
      words: 'a round of 100 phones and 24 layers costs the clock under 50 ms of CPU',
      met: roundCpuMilliseconds < 50,
      found: `${roundCpuMilliseconds.toFixed(1)} ms`,
    },
    {
      words: 'a decision for 24 layers and 16 phones takes under 2 ms',
      met: decisionMilliseconds < 2,
      found: `${decisionMilliseconds.toFixed(2)} ms`,
    },
  ]
}

function summary(all: readonly Place[], failing: readonly Place[], figure: (place: Place) => number, kind: 'least' | 'most'): string {
  if (all.length === 0) return 'nowhere'
  const figures = all.map(figure)
  const extreme = kind === 'least' ? Math.min(...figures) : Math.max(...figures)
  const worst = failing.toSorted((a, b) => (kind === 'least' ? figure(a) - figure(b) : figure(b) - figure(a)))
  const misses = worst.slice(0, 4).map((place) => `${place.name} ${figure(place).toFixed(2)}`)
  return `${kind} ${extreme.toFixed(2)}; ${all.length - failing.length} of ${all.length}${misses.length > 0 ? `; missed by ${misses.join('; ')}` : ''}`
}

function gridTable(rows: readonly GridRow[]): BenchTable {
  const seconds = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2))
  return {
    columns: [
      'model',
      'fleet',
      'link',
      'sequential float32',
      'communication',
      'layerwise adaptive',
      'times less',
      'over bound',
      'bits',
      'bytes',
      'by layer',
      'over bound',
      'stale',
    ],
    rows: placesOf(rows).map((place) => {
      const { base } = place
      const [best, byLayer, stale] = [place.of(BEST), place.of(BEST_BY_LAYER), place.of(BEST_STALE)]
      return [
        `${base.model} ${base.trained}`,
        base.fleet,
        base.link,
        seconds(base.secondsPerRound),
        `${(100 * base.exposedShare).toFixed(0)} %`,
        seconds(best.secondsPerRound),
        place.times(BEST).toFixed(1),
        place.overBound(BEST).toFixed(2),
        best.fallback ?? meanBits(best.bits),
        formatBytes(best.bytesPerRound),
        seconds(byLayer.secondsPerRound),
        place.overBound(BEST_BY_LAYER).toFixed(2),
        seconds(stale.secondsPerRound),
      ]
    }),
  }
}

function meanBits(bits: readonly number[]): string {
  return (bits.reduce((sum, each) => sum + each, 0) / bits.length).toFixed(1)
}

function policyTable(rows: readonly GridRow[]): BenchTable {
  const whole = rows.filter(({ guidance }) => guidance === 'whole')
  return {
    columns: ['model', 'fleet', 'link', 'controller', ...POLICY_NAMES],
    rows: placesOf(rows).flatMap(({ base: { model, trained, fleet, link } }) => {
      const own = whole.filter((row) => row.model === model && row.trained === trained && row.fleet === fleet && row.link === link)
      return [...new Set(own.map(({ controller }) => controller))].map((controller) => [
        `${model} ${trained}`,
        fleet,
        link,
        controller,
        ...POLICY_NAMES.map((policy) => {
          const row = own.find((each) => each.policy === policy && each.controller === controller)!
          return `${row.secondsPerRound.toFixed(2)} (${row.exposedSeconds.toFixed(2)})`
        }),
      ])
    }),
  }
}
