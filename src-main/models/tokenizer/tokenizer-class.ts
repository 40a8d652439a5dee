/** Describes transformers' tokenizer classes as far as they change tokens beyond what tokenizer.json says. */

export interface TokenizerClass {
  /** The class name in tokenizer_config.json or config.json, without `Fast`; null where neither names one. */
  readonly name: string | null
  /** `Bert` of BertTokenizer; where none is named, that of the model's type. */
  readonly stem: string | null
  /** True for the class that has no defaults and reads no keys of its own. */
  readonly generic: boolean
  readonly family: Family | null
  /** True if the class passes token types to the model. */
  readonly givesTypes: boolean
}

/** `bert` lower-cases by default; `bytes` uses byte pairs, with a space in front or not; `llama` begins rows with the bos token by default. */
type Family = 'bert' | 'roberta' | 'gpt2' | 'llama'

const FAMILIES: Readonly<Record<Family, readonly string[]>> = {
  bert: ['Bert', 'DistilBert', 'Electra', 'MobileBert', 'ConvBert', 'SqueezeBert', 'RetriBert', 'LayoutLM', 'Lxmert', 'Funnel', 'MPNet'],
  roberta: ['Roberta', 'Longformer', 'LED', 'Bart', 'Deberta'],
  gpt2: ['GPT2', 'CodeGen', 'GPTNeoX', 'Qwen2', 'Bloom'],
  llama: ['Llama', 'CodeLlama', 'Gemma', 'Cohere'],
}

/** Classes whose models are given no token types. */
const WITHOUT_TYPES = new Set(
  'DistilBert MPNet Roberta XLMRoberta Camembert Longformer LED Bart Barthez BigBird T5 GPT2 CodeGen GPTNeoX Qwen2 Bloom Llama CodeLlama Gemma Cohere'.split(
    ' ',
  ),
)

const GENERIC = new Set(['PreTrainedTokenizer', 'PreTrainedTokenizerFast', 'TokenizersBackend'])

/** The class of a model whose files name none. */
const OF_MODELS: Readonly<Record<string, string>> = {
  bert: 'Bert',
  distilbert: 'DistilBert',
  electra: 'Electra',
  roberta: 'Roberta',
  'xlm-roberta': 'XLMRoberta',
  camembert: 'Camembert',
  gpt2: 'GPT2',
  opt: 'GPT2',
  llama: 'Llama',
  mistral: 'Llama',
  qwen2: 'Qwen2',
  qwen3: 'Qwen2',
}

/** Special tokens that a class has whether they are named or not. */
export const DEFAULT_TOKENS: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  bert: { unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]', mask_token: '[MASK]' },
  roberta: {
    bos_token: '<s>',
    eos_token: '</s>',
    unk_token: '<unk>',
    sep_token: '</s>',
    pad_token: '<pad>',
    cls_token: '<s>',
    mask_token: '<mask>',
  },
  gpt2: { bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' },
  llama: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' },
}

type JsonObject = Readonly<Record<string, unknown>>

/** @param config tokenizer_config.json @param model config.json */
export function tokenizerClass(config: JsonObject, model: JsonObject): TokenizerClass {
  const named = [config['tokenizer_class'], model['tokenizer_class']].find((name) => typeof name === 'string') as string | undefined
  const generic = named !== undefined && GENERIC.has(named)
  const stem = named?.replace(/Tokenizer(Fast)?$/, '') ?? OF_MODELS[String(model['model_type'])]
  const family = (Object.keys(FAMILIES) as Family[]).find((each) => stem !== undefined && FAMILIES[each].includes(stem)) ?? null
  return {
    name: named?.replace(/Fast$/, '') ?? null,
    stem: stem ?? null,
    generic,
    family: generic ? null : family,
    givesTypes: generic || stem === undefined || !WITHOUT_TYPES.has(stem),
  }
}
