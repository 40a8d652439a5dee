/** The table of keys that the architectures' rules are, and how docs/models.md shows it. */
import * as v from 'valibot'
import { ROPE_IGNORED, ropeEntries } from '#main/models/architectures/rotary-config.ts'
import { architectures } from '#main/models/architectures/index.ts'
import { IGNORED_KEYS, honouredKeys, refusedKeys } from '#main/models/peft-config.ts'
import { COMMON_IGNORED, commonEntries, isRefused } from '#main/models/config-rules.ts'

export interface KeyRow {
  readonly key: string
  readonly use: 'honoured' | 'refused'
  readonly rule: v.GenericSchema
}

export interface ArchitectureTable {
  readonly modelType: string
  readonly rows: readonly KeyRow[]
  readonly ignored: readonly string[]
  readonly aliases: Readonly<Record<string, string>>
}

function rowsOf(entries: v.ObjectEntries, prefix = ''): KeyRow[] {
  return Object.entries(entries).map(([name, rule]) => {
    const own = rule as v.GenericSchema
    return { key: prefix + name, use: isRefused(own) ? 'refused' : 'honoured', rule: own }
  })
}

/** Keys that every architecture reads alike. */
export const commonRows: readonly KeyRow[] = rowsOf(commonEntries)

/** Of each architecture, beside the common ones. */
export const tables: readonly ArchitectureTable[] = Object.values(architectures).map(({ modelType, config }) => ({
  modelType,
  rows: [
    // OPT calls it init_std.
    ...rowsOf(config.entries),
    ...('rope_scaling' in config.entries ? rowsOf(ropeEntries, 'rope_scaling.') : []),
  ],
  ignored: config.ignored,
  aliases: config.aliases,
}))

const code = (value: unknown): string => `\`${String(value)}\``

/** What the rule makes of a value, in words. */
function said(rule: v.GenericSchema, value: undefined | null): string {
  const result = v.safeParse(rule, value)
  if (!result.success) return value === undefined ? 'must be there' : 'refused'
  if (value === null && v.safeParse(rule, undefined).success) {
    const absent = v.safeParse(rule, undefined).output
    if (JSON.stringify(absent) === JSON.stringify(result.output)) return 'as absent'
  }
  return result.output == null ? 'none' : code(JSON.stringify(result.output))
}

function expected(rule: v.GenericSchema): string {
  for (const wrong of [{ wrong: true }, -7, 'wrong', [7]]) {
    const result = v.safeParse(rule, wrong)
    if (!result.success) return result.issues[0]!.message.replaceAll('|', '\\|')
  }
  return 'any'
}

function keyTable(rows: readonly KeyRow[]): string[] {
  return [
    '| key | | absent | null | expected |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(({ key, use, rule }) => {
      const absent = said(rule, undefined)
      return `| ${code(key)} | ${use} | ${absent} | ${said(rule, null)} | ${expected(rule)} |`
    }),
  ]
}

const count = (rows: readonly KeyRow[], use: KeyRow['use']): number => rows.filter((row) => row.use === use).length

/** @param shown by model type, the keys that a test shows to change the result */
export function tableMarkdown(shown: (modelType: string, key: string) => boolean): string {
  const summary = tables.map(({ modelType, rows, ignored }) => {
    const all = [...commonRows, ...rows]
    const untested = all.filter(({ key, use }) => use === 'honoured' && !shown(modelType, key))
    const numbers = [count(all, 'honoured'), count(all, 'refused'), COMMON_IGNORED.length + ignored.length, untested.length]
    return `| ${modelType} | ${numbers.join(' | ')} |`
  })
  return [
    '| architecture | honoured | refused | without effect here | untested |',
    '| --- | --- | --- | --- | --- |',
    ...summary,
    '',
    '### Every architecture',
    '',
    ...keyTable(commonRows),
    '',
    `Without effect here: ${COMMON_IGNORED.map(code).join(', ')}.`,
    ...tables.flatMap(({ modelType, rows, ignored, aliases }) => [
      '',
      `### ${modelType}`,
      '',
      ...keyTable(rows),
      '',
      `Without effect here: ${[...ignored, ...(rows.some(({ key }) => key === 'rope_scaling') ? ROPE_IGNORED.map((key) => `rope_scaling.${key}`) : [])].map(code).join(', ')}.`,
      ...(Object.keys(aliases).length > 0
        ? [
            '',
            `Other names: ${Object.entries(aliases)
              .map(([alias, name]) => `${code(alias)} for ${code(name)}`)
              .join(', ')}.`,
          ]
        : []),
    ]),
  ].join('\n')
}

/** PEFT's keys. */
export function adapterMarkdown(): string {
  const rows = [
    ...rowsOf(honouredKeys).map((row) => ({ ...row, use: 'honoured' as const })),
    ...rowsOf(refusedKeys).map((row) => ({ ...row, use: 'refused' as const })),
  ]
  return [...keyTable(rows), '', `Without effect on a saved adapter: ${IGNORED_KEYS.map(code).join(', ')}.`].join('\n')
}
