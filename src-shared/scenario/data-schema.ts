/** `data`: labelled rows, the public share the cloud may see, and how the rest is spread over the phones. */
import * as v from 'valibot'
import { choice, filePath, flag, integer, kinds, optional, positive, properShare, required } from './rules.ts'
import { strict } from './strict.ts'

const COLUMN = 'a column name or a position counted from 0'
const column = v.union(
  [v.pipe(v.string(COLUMN), v.nonEmpty(COLUMN)), v.pipe(v.number(COLUMN), v.safeInteger(COLUMN), v.minValue(0, COLUMN))],
  COLUMN,
)

export const sourceSchema = v.pipe(
  strict({
    path: required('File with one row per example (relative to this file)', filePath('the path of a file')),
    text: optional('Column of the text: name or position', column, 0),
    label: optional('Column of the label: name or position', column, 1),
    header: optional('Whether the first row names the columns; found out from the file unless given', flag()),
    format: optional('Told by the file name unless given', choice(['tsv', 'csv', 'jsonl'])),
  }),
  v.forward(
    v.check((source) => source.text !== source.label, 'a column other than that of text'),
    ['label'],
  ),
)

const partition = kinds([
  strict({ kind: v.literal('iid') }),
  strict({ kind: v.literal('dirichlet'), alpha: optional('Concentration of the label shares; smaller is more skewed', positive(), 0.5) }),
  strict({ kind: v.literal('label'), labelsPerPhone: optional('Labels each phone sees', integer(1), 2) }),
  strict({ kind: v.literal('quantity'), alpha: optional('Concentration of the row counts; smaller is more skewed', positive(), 0.5) }),
])

const publicSchema = strict({
  share: optional('Share of the training rows that is public: the cloud has them, no phone does', properShare(), 0.1),
  rows: optional('At most so many public rows', integer(1)),
  condition: optional(
    'Public rows like the private ones (same), with another label distribution (label), or with random labels (random)',
    choice(['same', 'label', 'random']),
    'same',
  ),
  source: optional('Public rows from a file of their own instead of a share', sourceSchema),
})

export const dataSchema = strict({
  train: required('Training rows', sourceSchema),
  test: optional('Test rows', sourceSchema),
  testShare: optional('Share of the training rows held out for testing where test is absent', properShare(), 0.1),
  public: optional('What the cloud may see', publicSchema, {}),
  partition: optional('How private rows are spread over the phones', partition, { kind: 'dirichlet' }),
  trainRows: optional('At most so many training rows, drawn by the seed', integer(1)),
  testRows: optional('At most so many test rows, drawn by the seed', integer(1)),
})
