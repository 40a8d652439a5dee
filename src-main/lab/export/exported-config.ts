/** Makes the `config.json` of an exported model: that of the base model, with the classes, the head and the element type of the export. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { named } from '#main/models/config-rules.ts'
import type { Model } from '#main/models/model.ts'
import { writeWhole } from '#main/machine/whole-file.ts'

/** The files beside a checkpoint that its tokenizer may consist of. */
const TOKENIZER_FILES = named(`
  tokenizer.json tokenizer_config.json special_tokens_map.json added_tokens.json vocab.txt vocab.json merges.txt
  tokenizer.model spiece.model spm.model sentencepiece.bpe.model bpe.codes chat_template.jinja chat_template.json
`)

/** The names that transformers gives a family's model classes, with a classifier and with the language-model head. */
const CLASSES: Readonly<Record<string, readonly [classifier: string, language: string]>> = {
  bert: ['BertForSequenceClassification', 'BertForMaskedLM'],
  distilbert: ['DistilBertForSequenceClassification', 'DistilBertForMaskedLM'],
  roberta: ['RobertaForSequenceClassification', 'RobertaForMaskedLM'],
  'xlm-roberta': ['XLMRobertaForSequenceClassification', 'XLMRobertaForMaskedLM'],
  albert: ['AlbertForSequenceClassification', 'AlbertForMaskedLM'],
  'deberta-v2': ['DebertaV2ForSequenceClassification', 'DebertaV2ForMaskedLM'],
  gpt2: ['GPT2ForSequenceClassification', 'GPT2LMHeadModel'],
  opt: ['OPTForSequenceClassification', 'OPTForCausalLM'],
  llama: ['LlamaForSequenceClassification', 'LlamaForCausalLM'],
  mistral: ['MistralForSequenceClassification', 'MistralForCausalLM'],
  qwen2: ['Qwen2ForSequenceClassification', 'Qwen2ForCausalLM'],
  qwen3: ['Qwen3ForSequenceClassification', 'Qwen3ForCausalLM'],
}

type Content = Readonly<Record<string, unknown>>

/** @param labels the names of the classes, in order; null if the model has the language-model head */
export function exportedConfig({ config, directory }: Model, labels: readonly string[] | null): Content {
  const base = contentOf(join(directory, 'config.json'))!
  const [classifier, language] = CLASSES[config.modelType]!
  // Versions 4 and 5 of transformers name the element type differently, so both names are written.
  const common = { ...base, architectures: [labels ? classifier : language], torch_dtype: 'float32', dtype: 'float32' }
  // The output matrix is tied to the embedding only if it is not exported beside it.
  if (labels === null)
    return config.tied === (base['tie_word_embeddings'] ?? config.tied) ? common : { ...common, tie_word_embeddings: config.tied }
  const padding = config.decoder ? { pad_token_id: paddingOf(directory, config.padTokenId) } : {}
  return {
    ...common,
    ...padding,
    ...('num_labels' in base ? { num_labels: labels.length } : {}),
    problem_type: 'single_label_classification',
    id2label: Object.fromEntries(labels.entries()),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
  }
}

export function copyTokenizer(from: string, to: string): void {
  for (const file of TOKENIZER_FILES) if (existsSync(join(from, file))) writeWhole(join(to, file), readFileSync(join(from, file)))
}

/**
 * Returns the token that other programs may pad rows with: the config's, or else the tokenizer's, or that of the end of a text. It is null if rows end
 * in that token, which would then be taken for padding, so that the classifier would read another token than in training.
 */
function paddingOf(directory: string, own: number | null): number | null {
  if (own !== null) return own
  const tokenizer = contentOf(join(directory, 'tokenizer.json'))
  const settings = contentOf(join(directory, 'tokenizer_config.json')) ?? {}
  const added = (tokenizer?.['added_tokens'] ?? []) as { id: number; content: string }[]
  const vocabulary = (tokenizer?.['model'] as { vocab?: unknown } | undefined)?.vocab
  const idOf = (token: unknown): number | null => {
    const word = typeof token === 'string' ? token : (token as { content?: string } | null | undefined)?.content
    if (word === undefined) return null
    const known = added.find(({ content }) => content === word)?.id
    if (known !== undefined) return known
    const id = vocabulary && !Array.isArray(vocabulary) ? (vocabulary as Record<string, unknown>)[word] : undefined
    return typeof id === 'number' ? id : null
  }
  const endOfText = contentOf(join(directory, 'config.json'))?.['eos_token_id']
  const padding = idOf(settings['pad_token']) ?? idOf('[PAD]') ?? idOf('<pad>')
  const candidates = [padding, idOf(settings['eos_token']), typeof endOfText === 'number' ? endOfText : null]
  const ends = new Set(lastTokens(tokenizer?.['post_processor'], idOf))
  if (settings['add_eos_token'] === true) ends.add(idOf(settings['eos_token']))
  return candidates.find((id) => id !== null && !ends.has(id)) ?? null
}

/** Returns the ids of the special tokens that a post-processor may put at the end of a text. */
function lastTokens(processor: unknown, idOf: (token: string) => number | null): (number | null)[] {
  const { processors, single, sep } = (processor ?? {}) as { processors?: unknown[]; single?: object[]; sep?: unknown[] }
  const last = (single?.at(-1) as { SpecialToken?: { id: string } } | undefined)?.SpecialToken
  return [
    ...(processors ?? []).flatMap((inner) => lastTokens(inner, idOf)),
    ...(last ? [idOf(last.id)] : []),
    ...(typeof sep?.[1] === 'number' ? [sep[1]] : []),
  ]
}

function contentOf(path: string): Content | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Content) : null
}
