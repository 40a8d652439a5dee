/** Writes the comparison as Markdown. */
import type { ScenarioResult } from './comparison.ts'
import { figureText, percent, statementText } from './figures-as-text.ts'
import { type MethodsReport, machineLine, measuredHow, warnings } from './report-notes.ts'
import { METHOD_COLUMNS, methodCells } from './result-table.ts'

export function markdownReport(report: MethodsReport): string {
  return [
    '# Methods compared',
    '',
    machineLine(report.machine),
    ...warnings(report).flatMap((line) => ['', `**${line}**`]),
    ...report.scenarios.flatMap(scenarioLines),
    '',
    '## How it was measured',
    '',
    ...measuredHow(report).map((line) => `- ${line}`),
    '',
  ].join('\n')
}

function scenarioLines({ name, checkpoint, phones, passes, seeds, searches, conditions }: ScenarioResult): string[] {
  return [
    '',
    `## ${escaped(name)}`,
    '',
    `${phones} ${phones === 1 ? 'phone' : 'phones'}, model \`${checkpoint}\`, ${passes} forward passes per phone, seeds ${seeds.join(', ')}. Medians over seeds, ranges in brackets.`,
    ...conditions.flatMap((condition) => [
      '',
      `### Public data ${condition.title}`,
      '',
      `Target: ${percent(condition.target.accuracy)} (${condition.target.from}).`,
      '',
      ...table(
        METHOD_COLUMNS,
        condition.methods.map((method) => methodCells(method).map(figureText)),
      ),
      ...condition.statements.flatMap((statement) => ['', `**${statement.method}**: ${statementText(statement, condition, passes)}`]),
    ]),
    '',
    '### Learning rates',
    '',
    ...table(
      ['method', 'tried (loss)', 'chosen'],
      searches.map(({ method, trials, chosen }) => [
        method,
        trials.map(({ rate, loss }) => `${rate} (${Number.isNaN(loss) ? 'failed' : loss.toFixed(3)})`).join(', ') || 'none',
        String(chosen),
      ]),
    ),
    '',
    '### Runs',
    '',
    ...table(
      ['public data', 'method', 'seed', 'digest', 'file', 'wall time'],
      conditions.flatMap(({ condition, methods }) =>
        methods.flatMap(({ method, runs }) =>
          runs.map(({ seed, digest, failure, key, wallSeconds }) => [
            condition,
            method,
            String(seed),
            digest ?? `broke off: ${failure}`,
            `runs/${key}.json`,
            `${wallSeconds.toFixed(0)} s`,
          ]),
        ),
      ),
    ),
  ]
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`
  return [line(columns), `|${columns.map(() => ' --- |').join('')}`, ...rows.map(line)]
}

/** Escapes characters that Markdown or HTML would take for markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_|<>[\]#]/g, (character) => `\\${character}`).replace(/\s+/g, ' ')
}
