/** The comparison as one HTML page that needs nothing else: no script, no font, no address. */
import { formatBytes } from '#shared/units/bytes.ts'
import { formatSeconds } from '#shared/units/quantities.ts'
import type { ConditionResult, MethodResult, ScenarioResult } from './comparison.ts'
import { percent, points, ratioText, statementText } from './figures-as-text.ts'
import { htmlStyle } from './html-style.ts'
import { type PlotLine, linePlot, lineSample, shareEnds } from './line-plot.ts'
import { lineStyle } from './line-style.ts'
import { escape } from './markup.ts'
import { UNGUIDED } from './method-entries.ts'
import { type MethodsReport, machineLine, measuredHow, warnings } from './report-notes.ts'
import { METHOD_COLUMNS, methodCells } from './result-table.ts'
import type { AxisName } from './run-statistics.ts'

export function htmlReport(report: MethodsReport): string {
  const { machine, scenarios } = report
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Methods compared</title><style>${htmlStyle()}</style></head><body><main>`,
    '<header><h1>Methods compared</h1>',
    `<p class="machine">${escape(machineLine(machine))}</p>`,
    ...warnings(report).map((line) => `<p class="warning" role="note">${escape(line)}</p>`),
    '</header>',
    overview(scenarios),
    ...scenarios.map(scenarioSection),
    `<section><h2>How it was measured</h2><ul class="notes">${measuredHow(report)
      .map((line) => `<li>${escape(line)}</li>`)
      .join('')}</ul></section>`,
    '</main></body></html>',
    '',
  ].join('\n')
}

/** Summarises the effect of guidance, a line for each scenario and state of the public data. */
function overview(scenarios: readonly ScenarioResult[]): string {
  const rows = scenarios.flatMap(({ name, conditions }, s) =>
    conditions.flatMap((condition, c) => {
      const statement = condition.statements.find(({ method }) => method === 'cooper')
      if (!statement) return []
      const of = (kind: string): MethodResult | undefined => condition.methods.find(({ method }) => method === kind)
      const alone = (method: string): string => {
        const result = of(method)
        return result ? percent(result.finalAccuracy.median) : '–'
      }
      const { passes, seconds } = statement.toRivalAccuracy
      const gain = statement.accuracyGain
      return [
        [
          c === 0 ? `<th scope="rowgroup" rowspan="${conditions.length}">${escape(name)}</th>` : '',
          `<td><a href="#s${s}-${condition.condition}">${escape(condition.title)}</a></td>`,
          `<td class="number">${percent(of('cooper')!.finalAccuracy.median)}</td>`,
          `<td class="number">${percent(statement.rivalAccuracy)} <span class="aside">${escape(statement.rival)}</span></td>`,
          `<td class="number ${gain < 0 ? 'worse' : 'better'}">${points(gain)}</td>`,
          `<td class="number">${passes ? ratioText(passes) : '–'}</td>`,
          `<td class="number">${seconds ? ratioText(seconds) : '–'}</td>`,
          `<td class="number">${alone(UNGUIDED)}</td>`,
          `<td class="number">${alone('cloud-only')}</td>`,
        ].join(''),
      ]
    }),
  )
  if (rows.length === 0) return ''
  const columns = [
    'scenario',
    'public data',
    'cooper',
    'best plain rival',
    'difference',
    'passes to rival’s accuracy',
    'virtual time to it',
    'unguided',
    'cloud alone',
  ]
  return [
    '<section><h2>What guidance brings</h2>',
    '<p>Accuracy at the same number of forward passes per phone; then how many times less cooper needed to reach the accuracy that its best plain zeroth-order rival ends with; then the same steps without guidance, and the cloud without phones. Medians over seeds.</p>',
    `<div class="scroll"><table><thead><tr>${columns.map((title, i) => `<th scope="col"${i > 1 ? ' class="number"' : ''}>${escape(title)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map((row) => `<tr>${row}</tr>`).join('')}</tbody></table></div></section>`,
  ].join('')
}

function scenarioSection(scenario: ScenarioResult, s: number): string {
  const { name, checkpoint, phones, passes, seeds, conditions } = scenario
  return [
    `<section><h2>${escape(name)}</h2>`,
    `<p>${phones} ${phones === 1 ? 'phone' : 'phones'}, model <code>${escape(checkpoint)}</code>, ${passes} forward passes per phone, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}. Lines are medians over seeds, bands their ranges.</p>`,
    ...conditions.map((condition) => conditionArticle(condition, scenario, `s${s}-${condition.condition}`)),
    searchTable(scenario),
    runsTable(scenario),
    '</section>',
  ].join('\n')
}

function conditionArticle(condition: ConditionResult, { passes }: ScenarioResult, id: string): string {
  const { title, target, methods, statements } = condition
  const cooper = statements.filter(({ method }) => method === 'cooper')
  const others = statements.filter(({ method }) => method !== 'cooper')
  const text = (shown: typeof statements): string =>
    shown
      .map((one) => `<p class="statement"><strong>${escape(one.method)}</strong> ${escape(statementText(one, condition, passes))}</p>`)
      .join('')
  return [
    `<article id="${id}"><h3>Public data ${escape(title)}</h3>`,
    `<p class="target">Target: ${percent(target.accuracy)} accuracy, ${escape(target.from)}.</p>`,
    text(cooper),
    `<ul class="legend" aria-label="Legend">${methods.map(({ method }) => `<li>${lineSample(lineStyle(method))}${escape(method)}</li>`).join('')}</ul>`,
    `<figure class="large">${plot(condition, 'passes', true)}</figure>`,
    `<div class="small-plots">${(['rounds', 'bytes', 'seconds'] as const).map((axis) => `<figure>${plot(condition, axis, false)}</figure>`).join('')}</div>`,
    methodTable(methods),
    others.length > 0 ? `<details><summary>The other methods in words</summary>${text(others)}</details>` : '',
    '</article>',
  ].join('\n')
}

const AXIS_TITLES: Readonly<Record<AxisName, string>> = {
  passes: 'forward passes per phone',
  rounds: 'rounds',
  bytes: 'bytes per phone, both ways (logarithmic)',
  seconds: 'virtual time',
}

/** Numbers on the time axis count these. */
function timeUnit(seconds: number): { readonly size: number; readonly name: string } {
  return seconds > 7200 ? { size: 3600, name: 'hours' } : seconds > 180 ? { size: 60, name: 'minutes' } : { size: 1, name: 'seconds' }
}

function plot({ methods, target, title }: ConditionResult, axis: AxisName, large: boolean): string {
  const onPhones = axis === 'passes' || axis === 'bytes'
  const drawn = methods.filter(({ memoryAboveIdleBytes }) => !onPhones || memoryAboveIdleBytes !== null)
  const unit = axis === 'seconds' ? timeUnit(Math.max(...drawn.map(({ curve }) => curve.at(-1)!.at.seconds))) : { size: 1, name: '' }
  const lines = drawn.map(({ method, curve }): PlotLine => ({
    name: method,
    style: lineStyle(method),
    points: curve.map(({ at, median, least, most }) => ({ x: at[axis] / unit.size, y: median, low: least, high: most })),
  }))
  const values = methods.flatMap(({ curve }) => curve.flatMap(({ least, most }) => [least, most]))
  const cloud = methods.filter((method) => !drawn.includes(method))
  return linePlot(lines, {
    summary: `Accuracy against ${AXIS_TITLES[axis]}, public data ${title}: ${methods
      .map(({ method, finalAccuracy }) => `${method} ends at ${percent(finalAccuracy.median)}`)
      .join(', ')}.`,
    xTitle: unit.name === '' ? AXIS_TITLES[axis] : `${AXIS_TITLES[axis]}, ${unit.name}`,
    yTitle: 'test accuracy',
    width: large ? 860 : 340,
    height: large ? 400 : 250,
    scale: axis === 'bytes' ? 'bytes' : 'linear',
    formatX: axis === 'bytes' ? wholeBytes : String,
    formatY: (share) => `${Math.round(100 * share)} %`,
    endLabels: large,
    ofY: shareEnds([...values, target.accuracy]),
    levels: [
      { y: target.accuracy, name: `target ${percent(target.accuracy)}`, side: 'left' },
      ...(large
        ? cloud.map(({ method, finalAccuracy }) => ({ y: finalAccuracy.median, name: `${method} ends here`, side: 'right' as const }))
        : []),
    ],
  })
}

/** Ticks are whole: `10 KiB` rather than `10.0 KiB`. */
function wholeBytes(bytes: number): string {
  return formatBytes(bytes).replace(/\.0+ /, ' ')
}

function methodTable(methods: readonly MethodResult[]): string {
  const best = Math.max(...methods.map(({ finalAccuracy }) => finalAccuracy.median))
  const head = METHOD_COLUMNS.map((title, i) => `<th scope="col"${i > 0 ? ' class="number"' : ''}>${escape(title)}</th>`).join('')
  const rows = methods.map((result) => {
    const [name, ...cells] = methodCells(result)
    const capHits = result.runs.reduce((sum, run) => sum + run.capHits, 0)
    const failed = result.runs.filter(({ failure }) => failure !== null).length
    const aside = [capHits > 0 ? `${capHits} cap hits` : '', failed > 0 ? `${failed} of ${result.runs.length} runs broke off` : ''].filter(
      Boolean,
    )
    const first = `<th scope="row">${lineSample(lineStyle(result.method))}${escape(name!.median)}${aside.length > 0 ? ` <span class="aside">${escape(aside.join(', '))}</span>` : ''}</th>`
    const rest = cells.map(({ median, range }, i) => {
      const below = range === null ? '' : `<br><span class="aside">${escape(range)}</span>`
      return `<td class="number${i === 1 && result.finalAccuracy.median === best ? ' best' : ''}">${escape(median)}${below}</td>`
    })
    return `<tr>${first}${rest.join('')}</tr>`
  })
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function searchTable({ searches }: ScenarioResult): string {
  const rows = searches.map(({ method, trials, chosen }) => {
    const cells = trials.map(({ rate, loss }) => {
      const text = `${rate}: ${Number.isNaN(loss) ? 'failed' : `loss ${loss.toFixed(3)}`}`
      return rate === chosen ? `<strong>${text}</strong>` : text
    })
    return `<tr><th scope="row">${escape(method)}</th><td>${cells.join(' · ') || `${chosen}, not searched for`}</td></tr>`
  })
  return `<details><summary>Learning rates tried</summary><div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div></details>`
}

function runsTable({ conditions }: ScenarioResult): string {
  const columns = ['public data', 'method', 'seed', 'digest', 'file', 'wall time']
  const rows = conditions.flatMap(({ condition, methods }) =>
    methods.flatMap(({ method, runs }) =>
      runs.map(({ seed, digest, failure, key, wallSeconds }) => {
        const outcome = digest === null ? `broke off: ${failure}` : digest
        const cells = [condition, method, String(seed), outcome, `runs/${key}.json`, formatSeconds(wallSeconds)]
        return `<tr>${cells.map((cell, i) => `<td${i === 3 || i === 4 ? ' class="code"' : ''}>${escape(cell)}</td>`).join('')}</tr>`
      }),
    ),
  )
  const head = columns.map((title) => `<th scope="col">${title}</th>`).join('')
  return `<details><summary>Every run and its digest</summary><div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`
}
