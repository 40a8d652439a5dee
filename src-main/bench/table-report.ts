/** Writes the tables and notes of a bench as one Markdown file that names the machine. */
import type { BenchTable, BenchMachine } from './bench-definition.ts'

interface ReportSection {
  readonly title: string
  readonly words: string
  readonly table: BenchTable
}

export function tableReport(title: string, machine: BenchMachine, sections: readonly ReportSection[], notes: readonly string[]): string {
  const { processor, cores, platform, node, lab } = machine
  const parts = sections.map(({ title: heading, words, table }) => `## ${heading}\n\n${words}\n\n${markdownTable(table)}`)
  const measured = `Lab ${lab} on ${processor}, ${cores} cores, ${platform}, Node ${node}. Times are virtual unless they say otherwise.`
  return `${[`# ${title}`, measured, ...parts, ...notes.map((note) => `- ${note}`)].join('\n\n')}\n`
}

function markdownTable({ columns, rows }: BenchTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)].join('\n')
}

/** An aim and whether it was met; where not, by how much and where. */
export interface Aim {
  readonly words: string
  readonly met: boolean
  readonly found: string
}

export function aimTable(aims: readonly Aim[]): BenchTable {
  return { columns: ['aim', 'met', 'found'], rows: aims.map(({ words, met, found }) => [words, met ? 'yes' : 'no', found]) }
}
