/** The built-in corpus: seeded English sentences with labels, made by our own grammar, so that a scenario needs no file. */
import { InputError } from '#shared/errors/input-error.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'
import { wordCount } from './grammar.ts'
import { stanceSentence } from './stance-sentences.ts'
import { topicSentence } from './topic-sentences.ts'
import { TOPICS } from './topics/index.ts'

export type CorpusTask = 'topic' | 'stance'
export type CorpusSplit = 'train' | 'test'

interface CorpusRequest {
  readonly task: CorpusTask
  /** 1 to MAXIMUM_ROWS. */
  readonly rows: number
  readonly seed: number
  readonly split: CorpusSplit
}

export const CORPUS_LABELS: Readonly<Record<CorpusTask, readonly string[]>> = {
  topic: TOPICS.map(({ topic }) => topic),
  stance: ['negative', 'positive'],
}

export const MAXIMUM_ROWS = 100_000

const SHORTEST_WORDS = 6
const LONGEST_WORDS = 28
/** One sentence in five belongs to the test split. */
const TEST_PARTS = 5

/**
 * `rows` different sentences with their labels, classes in equal shares. More rows of one seed extend fewer; no sentence is in both
 * splits, whatever the seeds.
 */
export function corpus(request: CorpusRequest): { texts: string[]; labels: string[] } {
  const { task, seed, split } = request
  const rows = checkedRows(request.rows)
  const names = CORPUS_LABELS[task]
  const stream = new Stream(deriveKey(seed, 'corpus', task, split))
  const seen = new Set<string>()
  const labels: string[] = []
  let block: number[] = []
  while (seen.size < rows) {
    if (block.length === 0) block = stream.shuffle(names.map((_, index) => index))
    const label = block.pop() ?? 0
    seen.add(newSentence(task, label, split, seen, stream))
    labels.push(names[label] ?? '')
  }
  return { texts: [...seen], labels }
}

/** `rows` unlabelled paragraphs of two to five sentences with one topic and one stance, none of them from the test split. */
export function pretrainingText(request: { rows: number; seed: number }): string[] {
  const stream = new Stream(deriveKey(request.seed, 'corpus', 'pretraining'))
  return Array.from({ length: checkedRows(request.rows) }, () => paragraph(stream))
}

function paragraph(stream: Stream): string {
  const topic = stream.below(TOPICS.length)
  const polarity = stream.below(2) === 0 ? 0 : 1
  const sentences = Array.from({ length: 2 + stream.below(4) }, () =>
    accepted('train', () => (stream.uniform() < 0.5 ? topicSentence(topic, stream) : stanceSentence(polarity, topic, stream))),
  )
  return sentences.join(' ')
}

function newSentence(task: CorpusTask, label: number, split: CorpusSplit, seen: ReadonlySet<string>, stream: Stream): string {
  for (;;) {
    const text = accepted(split, () =>
      task === 'topic' ? topicSentence(label, stream) : stanceSentence(label === 0 ? 0 : 1, stream.below(TOPICS.length), stream),
    )
    if (!seen.has(text)) return text
  }
}

function accepted(split: CorpusSplit, draw: () => string): string {
  for (;;) {
    const text = draw()
    const words = wordCount(text)
    if (words >= SHORTEST_WORDS && words <= LONGEST_WORDS && splitOf(text) === split) return text
  }
}

/** A property of the sentence alone, so that no seed can move a sentence to the other split. */
function splitOf(text: string): CorpusSplit {
  return deriveKey(0, 'corpus split', text)[0] % TEST_PARTS === 0 ? 'test' : 'train'
}

function checkedRows(rows: number): number {
  if (Number.isInteger(rows) && rows >= 1 && rows <= MAXIMUM_ROWS) return rows
  throw new InputError('builtin corpus', `${rows} rows`, `a whole number from 1 to ${MAXIMUM_ROWS}`)
}
