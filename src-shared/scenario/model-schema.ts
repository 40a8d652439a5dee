/** `model`: the checkpoint every phone and the cloud start from, and the adapter that is trained. */
import * as v from 'valibot'
import { choice, filePath, integer, kinds, optional, positive, required, withHint } from './rules.ts'
import { strict } from './strict.ts'

/** Checkpoints that come with the lab; everything else is a Hugging Face directory. */
export const BUILTIN_CHECKPOINTS = ['builtin:encoder'] as const

/** The forms in which frozen matrices can be held. */
export const WEIGHT_FORMS = ['fp32', 'fp16', 'int8', 'int4'] as const
export type WeightForm = (typeof WEIGHT_FORMS)[number]

const HEADS = ['stored', 'fresh'] as const

export const ADAPTER_TARGETS = ['query', 'key', 'value', 'output', 'gate', 'intermediate', 'ffn-output'] as const

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

const lora = v.pipe(
  strict({
    kind: optional('Low-rank updates of frozen matrices (arXiv 2106.09685)', v.literal('lora'), 'lora'),
    rank: optional('Rank of each update', integer(1, 256), 8),
    alpha: optional('Scale of the update, applied as alpha / rank; 2 x rank unless given', positive()),
    targets: optional('Matrices of each block that get an update', targets, ['query', 'value']),
    from: optional('Directory of an adapter that PEFT saved, to start from; its rank, alpha and layers count', filePath('a directory')),
  }),
  // The keys are put into the order above, given or not, so that a scenario that is read again is written as it was.
  v.transform(({ kind, rank, alpha = 2 * rank, ...rest }) => ({ kind, rank, alpha, ...rest })),
)

const adapter = kinds([
  lora,
  strict({ kind: required('The bias vectors of every block (arXiv 2106.10199)', v.literal('bitfit')) }),
  strict({
    kind: required('A small network after both branches of every block (arXiv 1902.00751)', v.literal('bottleneck')),
    size: optional('Width of the small networks', integer(1, 1024), 16),
  }),
  strict({ kind: required('No adapter: every weight, in a file of its own on each phone (as MeZO, arXiv 2305.17333)', v.literal('full')) }),
])

export const modelSchema = strict({
  checkpoint: required('Hugging Face directory (relative to this file), or builtin:encoder', checkpoint),
  maxLength: optional('Tokens per row; longer rows are cut', integer(8, 512), 64),
  weights: optional(
    'Form of the frozen matrices, on disk and in memory; int8 has a scale per row, int4 (of linear layers, the rest int8) one per 32 weights',
    choice(WEIGHT_FORMS),
    'fp32',
  ),
  adapter: optional('What is trained', adapter, {}),
  head: optional(
    'The classifier: that of the checkpoint where it has one, or a new one for the classes of the data ("fresh")',
    choice(HEADS),
    'stored',
  ),
})
