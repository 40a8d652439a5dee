/** Scenarios and tables for the tests of this folder, and token rows that can be told apart. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RowTokens, TextRow } from '#main/models/tokenizer/tokenizer.ts'
import type { PackedExamples } from '#main/training/packed-examples.ts'
import { parseScenario, type Scenario } from '#shared/scenario/scenario.ts'

export const directory = mkdtempSync(join(tmpdir(), 'cooperlab-lab-'))

/** A csv of `labels.length` rows; the text of row i is `<name> <i>`. */
export function table(name: string, labels: readonly string[]): string {
  const path = join(directory, `${name}.csv`)
  writeFileSync(path, ['text,label', ...labels.map((label, i) => `${name} ${i},${label}`)].join('\n'))
  return path
}

/** Turns `<name> <i>` into the ids [length of name, i], so that a row is known wherever it went. */
export const rowTokens = async (rows: readonly TextRow[]): Promise<readonly RowTokens[]> =>
  rows.map(({ text }) => ({ ids: Int32Array.of(text.split(' ')[0]!.length, Number(text.split(' ')[1])) }))

export function scenarioWith(data: Record<string, unknown>, rest: Record<string, unknown> = {}): Scenario {
  return parseScenario({ model: { checkpoint: 'm' }, fleet: [{ profile: 'pixel-4', count: 3 }], data, ...rest }, 'test')
}

/** `[name length, row, label]` of every example. */
export function unpacked({ ids, labels }: PackedExamples): [number, number, number][] {
  return Array.from(labels, (label, i) => [ids[2 * i]!, ids[2 * i + 1]!, label])
}
