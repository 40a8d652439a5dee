/** `data`: labelled rows, the public share the cloud may see, and how the rest is spread over the phones. */
import * as v from 'valibot'
import { choice, filePath, flag, integer, kinds, optional, positive, properShare, required, share, shareBelowOne, text } from './rules.ts'
import { strict } from './strict.ts'

const COLUMN = 'a column name or a position counted from 0'
const COLUMNS = `${COLUMN}, or a list of them`
const CLASSES = 'a list of at least two different names'
const column = v.union(
  [v.pipe(v.string(COLUMN), v.nonEmpty(COLUMN)), v.pipe(v.number(COLUMN), v.safeInteger(COLUMN), v.minValue(0, COLUMN))],
  COLUMN,
)

const sourceSchema = v.pipe(
  strict({
    path: required(
      'File with one row per example, or a folder of such files (relative to this file)',
      filePath('the path of a file or folder'),
    ),
    text: optional(
      'Column of the text: name or position, or a list of columns that are joined with a space; found by the names of the columns unless given',
      v.union([column, v.pipe(v.array(column, COLUMNS), v.nonEmpty(COLUMNS))], COLUMNS),
    ),
    label: optional(
      'Column of the label: name or position; null where rows have none; found by the names of the columns unless given',
      v.nullable(column),
    ),
    pair: optional('Column of a second text: name or position', column),
    split: optional('Of a folder, only the files of this split: train-00000-of-00001.parquet, say', text('the name of a split')),
    header: optional('Whether the first row names the columns; found out from the file unless given', flag()),
    format: optional('Told by the file name unless given', choice(['tsv', 'csv', 'jsonl', 'json', 'parquet', 'arrow'])),
    encoding: optional(
      'Encoding of a text file, such as windows-1252, utf-16le or shift_jis; UTF-8 or what a byte order mark says unless given',
      text('the name of an encoding'),
    ),
    quoted: optional('Whether quotation marks enclose cells; true for csv and false for tsv unless given', flag()),
    delimiter: optional('What separates cells; a comma in csv and a tab in tsv unless given', choice([',', ';', '|', '\t'])),
    onBadRow: optional(
      "What becomes of a row without text, with cells or a label that can't be used: it ends the run (refuse), or all are left out and counted (skip); refuse unless given",
      choice(['refuse', 'skip']),
    ),
  }),
  v.forward(
    v.check(
      ({ text: texts, label }) => label === undefined || ![texts].flat().includes(label as never),
      'a column other than that of text',
    ),
    ['label'],
  ),
)

const partition = kinds([
  strict({ kind: v.literal('iid') }),
  strict({ kind: v.literal('dirichlet'), alpha: optional('Concentration of the label shares; smaller is more skewed', positive(), 0.5) }),
  strict({ kind: v.literal('label'), labelsPerPhone: optional('Labels each phone sees', integer(1), 2) }),
  strict({ kind: v.literal('quantity'), alpha: optional('Concentration of the row counts; smaller is more skewed', positive(), 0.5) }),
  strict({ kind: required('Every phone has the rows of one file of the folder', v.literal('files')) }),
])

const LABELS = 'an object that names a training label, or null to leave its rows out, for each label of source'
const labelMap = v.record(v.string(LABELS), v.nullable(v.pipe(v.string(LABELS), v.nonEmpty(LABELS))), LABELS)

const groups = strict({
  by: optional('Rows that share words (cluster), or any rows (batch)', choice(['cluster', 'batch']), 'cluster'),
  count: optional('Groups, each with a direction of its own', integer(1, 32), 4),
})

const publicSchema = v.pipe(
  strict({
    share: optional('Share of the training rows that no phone has; they are public unless source is given', shareBelowOne(), 0.1),
    rows: optional('At most so many public rows', integer(1)),
    condition: optional(
      'Public rows like the private ones (same), with another label distribution (label), from another domain (domain), with labels that say nothing (random) or that are wrong throughout, classes exchanged (flipped)',
      choice(['same', 'label', 'domain', 'random', 'flipped']),
      'same',
    ),
    noise: optional('Share of the public labels replaced by another one, drawn uniformly', share(), 0),
    source: optional('Public rows from a file of their own', sourceSchema),
    groups: optional('How public rows are grouped into directions where no label does it', groups, {}),
    labels: optional('Training label for each label of source that is none itself; null leaves its rows out', labelMap),
  }),
  v.forward(
    v.check(
      ({ condition, source }) => condition !== 'domain' || source !== undefined,
      'a file of another domain, since condition is "domain"',
    ),
    ['source'],
  ),
  v.forward(
    v.check(({ share: kept, source }) => kept > 0 || source !== undefined, 'a number above 0, since there is no source'),
    ['share'],
  ),
  v.forward(
    v.check(({ condition, noise }) => condition !== 'random' || noise === 0, '0, since with condition "random" no label says anything'),
    ['noise'],
  ),
  v.forward(
    v.check(
      ({ labels, source }) => labels === undefined || source !== undefined,
      'nothing, since there is no source whose labels it could map',
    ),
    ['labels'],
  ),
  v.forward(
    v.check(
      ({ condition, labels }) => condition !== 'random' || labels === undefined,
      'nothing, since with condition "random" labels are drawn',
    ),
    ['labels'],
  ),
)

export const dataSchema = v.pipe(
  strict({
    train: required('Training rows', sourceSchema),
    test: optional('Test rows', sourceSchema),
    classes: optional(
      "Names of the classes in the order of the model's outputs; found out from model and data unless given",
      v.pipe(
        v.array(v.pipe(v.string(CLASSES), v.nonEmpty(CLASSES)), CLASSES),
        v.minLength(2, CLASSES),
        v.check((names) => new Set(names).size === names.length, CLASSES),
      ),
    ),
    testShare: optional('Share of the training rows held out for testing where test is absent', properShare(), 0.1),
    public: optional('What the cloud may see', publicSchema, {}),
    partition: optional('How private rows are spread over the phones', partition, { kind: 'dirichlet' }),
    trainRows: optional('At most so many training rows, drawn by the seed', integer(1)),
    testRows: optional('At most so many test rows, drawn by the seed', integer(1)),
  }),
  v.forward(
    v.check(({ classes, train }) => classes === undefined || train.label !== null, 'nothing, since training rows have no labels'),
    ['classes'],
  ),
)
