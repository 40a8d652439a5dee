/** `model`: the checkpoint every phone and the cloud start from, and the adapter that is trained. */
import * as v from 'valibot'
import { choice, filePath, integer, optional, positive, required, withHint } from './rules.ts'
import { strict } from './strict.ts'

/** Checkpoints that come with the lab; everything else is a Hugging Face directory. */
export const BUILTIN_CHECKPOINTS = ['builtin:encoder'] as const

export const ADAPTER_TARGETS = ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output'] as const

const checkpoint = v.pipe(
  filePath('a Hugging Face directory or "builtin:encoder"'),
  v.check(
    (path) => !path.startsWith('builtin:') || BUILTIN_CHECKPOINTS.some((name) => name === path),
    (issue) => withHint('a Hugging Face directory or "builtin:encoder"', issue.input, BUILTIN_CHECKPOINTS),
  ),
)

const targets = v.pipe(
  v.array(choice(ADAPTER_TARGETS), `a list of ${ADAPTER_TARGETS.join(', ')}`),
  v.nonEmpty('at least one target'),
  v.check((names) => new Set(names).size === names.length, 'each target once'),
  v.metadata({ uniqueItems: true }),
)

const adapter = v.pipe(
  strict({
    kind: optional('Low-rank updates of frozen matrices (arXiv 2106.09685)', v.literal('lora', '"lora"'), 'lora'),
    rank: optional('Rank of each update', integer(1, 256), 8),
    alpha: optional('Scale of the update, applied as alpha / rank; 2 x rank unless given', positive()),
    targets: optional('Matrices of each block that get an update', targets, ['query', 'value']),
  }),
  v.transform((given) => ({ ...given, alpha: given.alpha ?? 2 * given.rank })),
)

export const modelSchema = strict({
  checkpoint: required('Hugging Face directory (relative to this file), or builtin:encoder', checkpoint),
  maxLength: optional('Tokens per row; longer rows are cut', integer(8, 512), 64),
  weights: optional('Form of the frozen weights in memory', choice(['fp32']), 'fp32'),
  adapter: optional('What is trained', adapter, {}),
})
