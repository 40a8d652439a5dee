/** Lines as fastText trains on: `__label__NAME` and the text behind it. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleSource } from '../examples.ts'
import { textLines } from '../text-bytes.ts'
import { type RawRow, type RawTable, firstCells } from './raw-table.ts'
import { unknownColumn } from './unknown-column.ts'

const LINE = /^__label__(\S+)[\s,]+(.*)$/
const NAMES = ['label', 'text']

export function isFastText(bytes: Uint8Array): boolean {
  const first = textLines(bytes).next().value?.text
  return first !== undefined && LINE.test(first)
}

/** Two columns, label and text. @throws InputError for a column that isn't one of these */
export function fastTextTable(bytes: Uint8Array, { path }: ExampleSource): RawTable {
  function* rows(columns: RawRow['cells'] & {} = NAMES): Generator<RawRow> {
    const places = columns.map((column) => (typeof column === 'number' ? column : NAMES.indexOf(String(column))))
    const odd = places.findIndex((place) => NAMES[place] === undefined)
    if (odd >= 0) throw unknownColumn(path, 'column named', String(columns[odd]), NAMES)
    for (const { text, line } of textLines(bytes)) {
      const cells = LINE.exec(text)?.slice(1)
      const several = cells?.[1]?.startsWith('__label__')
      if (cells && !several) yield { line, cells: places.map((place) => cells[place]) }
      else {
        const found = several ? 'several labels' : text.trim() === '' ? 'an empty line' : 'a line without a label'
        yield { line, wrong: new InputError(`${path}:${line}`, found, 'one __label__NAME at the beginning of every line, and a text') }
      }
    }
  }
  return { names: NAMES, width: NAMES.length, classNames: () => null, sample: () => firstCells(rows()), rows }
}
