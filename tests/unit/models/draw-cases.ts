/** Checkpoints with several keys set at once, drawn so that a few of them set every key; compared with the independent implementation. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { Model } from '#main/models/model.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import type { Config } from '../../reference/config.ts'
import { BASES, DRAWS, type Draw } from '../../reference/draws.ts'
import { type Outcome, outcomeOf } from '../../reference/model.ts'
import { drawnTensors } from '../../reference/shapes.ts'
import { AT, CLASSES, TEXTS, WORDS, labOutcome, writeCheckpoint } from './drawn-checkpoints.ts'

export interface DrawnCase {
  readonly modelType: string
  readonly seed: number
  readonly config: Config
  /** Keys of which each must have changed the result. */
  readonly keys: readonly (readonly [key: string, draw: Draw])[]
}

/** Keys that go together in one checkpoint. */
const TOGETHER = 5
const TOLERANCE = 2e-5

export function merged(base: Config, ...sets: readonly Config[]): Config {
  const all = Object.assign({}, base, ...sets) as Record<string, unknown>
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** @returns cases that set every key of the architecture once, to one of its values */
export function drawCases(modelType: string, seed: number): DrawnCase[] {
  const stream = new Stream(deriveKey(seed, 'draws', modelType))
  const base = BASES[modelType]!
  const cases: DrawnCase[] = []
  let open: [string, Draw][] = []
  const close = (): void => {
    if (open.length === 0) return
    const config = merged(base, ...open.map(([, { set }]) => set))
    cases.push({ modelType, seed: seed + cases.length, config, keys: open })
    open = []
  }
  for (const key of stream.shuffle(Object.keys(DRAWS[modelType]!))) {
    const draws = DRAWS[modelType]![key]!
    const draw = draws[stream.below(draws.length)]!
    const taken = new Set(open.flatMap(([, { set }]) => Object.keys(set)))
    // Keys that set the same, that need a config of their own, or whose values could contradict each other, stand in one of their own.
    const alone = draw.against !== undefined || Object.keys(draw.set).length > 1 || COUPLED.has(key)
    if (alone || open.length === TOGETHER || Object.keys(draw.set).some((own) => taken.has(own))) close()
    open.push([key, draw])
    if (alone) close()
  }
  close()
  return cases
}

/** Keys whose values hang together with those of others. */
const COUPLED = new Set(
  `hidden_size num_attention_heads num_key_value_heads head_dim num_hidden_layers n_head n_heads n_embd dim
  position_buckets max_relative_positions pos_att_type norm_rel_ebd max_position_embeddings`.split(/\s+/),
)

function reference(config: Config, seed: number): Outcome {
  return outcomeOf(config, drawnTensors(config, CLASSES, seed), TEXTS, AT, WORDS)
}

function apart(a: Outcome, b: Outcome): number {
  const [first, second] = [a, b].map(({ logits, words }) => [...logits, ...words]) as [number[], number[]]
  if (first.length !== second.length) return Infinity
  return Math.max(...first.map((value, i) => Math.abs(value - second[i]!) / Math.max(1, Math.abs(value))))
}

/** The lab agrees with the independent implementation, which gives something else without each of the keys. */
export async function expectDraw(root: string, { modelType, seed, config, keys }: DrawnCase): Promise<void> {
  const what = `${modelType}, seed ${seed}: ${JSON.stringify(config)}`
  const wanted = reference(config, seed)
  const directory = writeCheckpoint(join(root, `${modelType}-${seed}`), config, drawnTensors(config, CLASSES, seed))
  let found: Outcome
  try {
    found = await labOutcome(directory)
  } catch (error) {
    if (error instanceof InputError) throw new Error(`${what}: refused: ${error.message}`, { cause: error })
    throw error
  }
  expect(apart(wanted, found), what).toBeLessThan(TOLERANCE)
  for (const [key, draw] of keys) {
    const usual = draw.against ?? { [key]: BASES[modelType]![key] }
    const other = draw.against ? merged(BASES[modelType]!, usual) : merged(config, usual)
    if (apart(wanted, reference(other, seed)) > 10 * TOLERANCE) continue
    // A size that no text shows: tensors of it don't fit a config that says another.
    writeFileSync(join(directory, 'config.json'), JSON.stringify(other))
    expect(() => new Model(directory, 1), `${key} changes nothing of ${what}`).toThrow(InputError)
  }
}
