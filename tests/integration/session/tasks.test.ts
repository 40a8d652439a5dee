/** Sessions of every task and of models other than BERT, in real processes. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { writeRandomWeights } from '#main/bench/random-checkpoint.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'
import { only, removeFiles, resources, session } from './sessions.ts'

const root = mkdtempSync(join(tmpdir(), 'cooperlab-tasks-'))
afterAll(() => {
  removeFiles()
  rmSync(root, { recursive: true, force: true })
})
afterEach(expectNoWorkers)

/** A decoder with random weights that reads the words of the built-in encoder. */
function decoder(): string {
  const directory = join(root, 'decoder')
  const encoder = join(resources.directory, 'models/encoder')
  const { vocab_size } = JSON.parse(readFileSync(join(encoder, 'config.json'), 'utf8')) as { vocab_size: number }
  mkdirSync(directory, { recursive: true })
  const file = {
    model_type: 'qwen2',
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size,
    max_position_embeddings: 64,
    tie_word_embeddings: true,
  }
  writeRandomWeights(directory, file, 1, 'int8')
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) copyFileSync(join(encoder, name), join(directory, name))
  return directory
}

const stance = { train: { path: 'builtin:stance/train?rows=120' }, test: { path: 'builtin:stance/test?rows=20' } }
const WORDS = { kind: 'label-words', template: '{text} it was {answer}', words: { negative: 'terrible', positive: 'great' } }
const digests = (events: Parameters<typeof only>[0]): string[] => only(events, 'update-applied').map(({ digest }) => digest)

test('classes by label words are learnt without a head of their own, by an encoder', async () => {
  const model = { checkpoint: 'builtin:encoder', maxLength: 32, adapter: { rank: 2 } }
  const { view, events } = await session({ model, data: stance, task: WORDS, stop: { rounds: 2 } })
  expect(view.finished!.stoppedBy).toBe('rounds')
  const [started] = only(events, 'session-started')
  // A and B of rank 2 at query and value of 4 blocks of 128.
  expect(started!.parameters).toBe(4 * 2 * 2 * 2 * 128)
  expect(new Set(digests(events)).size).toBe(2)
})

test('the next word is learnt by a decoder on texts without labels, each phone on the file that is its own', async () => {
  const folder = join(root, 'personal')
  mkdirSync(folder)
  for (const name of ['ann', 'bob', 'cid']) {
    const lines = Array.from({ length: 30 }, (_, i) => `the ${name === 'ann' ? 'goal' : 'market'} was great and number ${i} was good`)
    writeFileSync(join(folder, `${name}.tsv`), `${lines.join('\n')}\n`)
  }
  const change = {
    model: { checkpoint: decoder(), maxLength: 24, weights: 'int8', adapter: { rank: 2 } },
    data: { train: { path: folder, label: null }, partition: { kind: 'files' }, public: { share: 0.2, groups: { count: 2 } } },
    task: { kind: 'language-model' },
    stop: { rounds: 2 },
  }
  const first = await session(change)
  expect(first.view.finished!.stoppedBy).toBe('rounds')
  const [started] = only(first.events, 'session-started')
  expect(started!.labels).toEqual(['group 1', 'group 2'])
  expect(only(first.events, 'phone-reported').length).toBe(6)
  // As good as knowing nothing: the weights are random.
  const { loss } = only(first.events, 'evaluated').at(-1)!
  expect(Math.abs(loss - Math.log(2048))).toBeLessThan(1)
  const again = await session(change)
  expect(again.view.finished!.digest).toBe(first.view.finished!.digest)
})

test('a decoder answers a prompt, in int8, by forward-mode probes', async () => {
  const { view, events } = await session({
    model: { checkpoint: decoder(), maxLength: 32, weights: 'int8', adapter: { rank: 2 } },
    data: stance,
    task: WORDS,
    method: { kind: 'fedmezo', probe: 'jvp', optimiser: 'sgd', randomDirections: 2, batchSize: 4 },
    stop: { rounds: 2 },
  })
  expect(view.finished!.stoppedBy).toBe('rounds')
  expect(new Set(digests(events)).size).toBe(2)
})
