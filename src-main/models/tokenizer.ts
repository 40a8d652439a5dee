/**
 * `tokenizer.json` of a Hugging Face model directory: text to token ids. The work is @huggingface/tokenizers'; here are the special tokens
 * around one text or a pair, found out from what the file's own post-processor does, and truncation inside of them.
 */
import { join } from 'node:path'
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { InputError } from '#shared/errors/input-error.ts'
import type { ModelConfig } from './model-config.ts'
import { type TokenizerFiles, highestId, readTokenizerFiles } from './tokenizer-file.ts'

export interface Tokenizer {
  /** One more than the highest token id. */
  readonly vocabularySize: number
  /** What rows are filled up with; masks hide it, so that it makes no difference on which side it stands. */
  readonly padId: number
  /** Special tokens, null where the tokenizer has none of the kind. */
  readonly unkId: number | null
  readonly clsId: number | null
  readonly sepId: number | null
  readonly maskId: number | null
  /** Tokens that every row has beside its text: the least `maxLength` is one more, or as many. */
  readonly frameLength: number
  /** Those of them that stand behind the text. */
  readonly behindLength: number
  /** Ids of `text` alone, without special tokens. */
  tokens(text: string): number[]
  /** Token ids of `text` between special tokens, cut to `maxLength` tokens in all (at least `frameLength`). */
  encode(text: string, maxLength: number): Int32Array
  /** As `encode`, of two texts; the longer one is cut first. `second` is where the second one begins. */
  encodePair(text: string, pair: string, maxLength: number): { ids: Int32Array; second: number }
  /** Special tokens around ids that were put together. @param closed whether those behind the text are added @default true */
  framed(inner: readonly number[], maxLength: number, closed?: boolean): Int32Array
}

/** Special tokens before, between and behind texts. */
interface Frame {
  readonly before: readonly number[]
  readonly between: readonly number[]
  readonly behind: readonly number[]
}

/** Reads tokenizer.json and, if present, tokenizer_config.json under `directory`; throws InputError where they can't be used. */
export function loadTokenizer(directory: string): Tokenizer {
  const files = readTokenizerFiles(directory)
  const { path, file, config } = files
  let tokenizer: HuggingFaceTokenizer
  try {
    tokenizer = new HuggingFaceTokenizer(file, config)
  } catch (cause) {
    throw new InputError(path, (cause as Error).message, 'a tokenizer made of supported parts', { cause })
  }
  const special = specialIds(files, tokenizer)
  const ids = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids
  const [single, pair] = framesOf(files, tokenizer, special)
  const fromLeft = config.truncation_side === 'left'
  const cut = (tokens: readonly number[], most: number): readonly number[] =>
    tokens.length <= most ? tokens : fromLeft ? tokens.slice(tokens.length - most) : tokens.slice(0, most)
  const frameLength = single.before.length + single.behind.length
  const framed = (inner: readonly number[], maxLength: number, closed = true): Int32Array => {
    if (!Number.isSafeInteger(maxLength) || maxLength < Math.max(1, frameLength)) throw new RangeError(`maxLength ${maxLength}`)
    const behind = closed ? single.behind : []
    return Int32Array.from([...single.before, ...cut(inner, maxLength - single.before.length - behind.length), ...behind])
  }
  return {
    vocabularySize: 1 + highestId(file),
    ...special,
    frameLength,
    behindLength: single.behind.length,
    tokens: ids,
    framed,
    encode: (text, maxLength) => framed(ids(text), maxLength),
    encodePair(text, other, maxLength) {
      const { before, between, behind } = pair
      const room = maxLength - before.length - between.length - behind.length
      if (room < 2) throw new RangeError(`maxLength ${maxLength}`)
      const [a, b] = longestCut(ids(text), ids(other), room, cut)
      const front = [...before, ...a, ...between]
      return { ids: Int32Array.from([...front, ...b, ...behind]), second: front.length }
    },
  }
}

/** Checks that every token id has a row in the word embedding table; a table with spare rows is fine. */
export function checkVocabulary(directory: string, tokenizer: Tokenizer, config: ModelConfig): void {
  if (tokenizer.vocabularySize <= config.vocabularySize) return
  throw new InputError(
    join(directory, 'tokenizer.json'),
    `token ids up to ${tokenizer.vocabularySize - 1}`,
    `ids below vocab_size ${config.vocabularySize} of config.json`,
  )
}

type Special = Pick<Tokenizer, 'padId' | 'unkId' | 'clsId' | 'sepId' | 'maskId'>

function specialIds({ path, file, config }: TokenizerFiles, tokenizer: HuggingFaceTokenizer): Special {
  // BERT's tokenizers have all of these, named in the config or not.
  const usual = file.model.type === 'WordPiece' ? (token: string) => token : () => null
  const idOf = (token: string | null): number | null => {
    if (token === null) return null
    const id = tokenizer.token_to_id(token)
    if (id === undefined) throw new InputError(path, `no token ${token}`, 'a vocabulary with the special tokens of tokenizer_config.json')
    return id
  }
  const bos = config.bos_token === undefined || config.bos_token === null ? undefined : tokenizer.token_to_id(config.bos_token)
  const eos = config.eos_token === undefined || config.eos_token === null ? undefined : tokenizer.token_to_id(config.eos_token)
  return {
    padId: idOf(config.pad_token ?? usual('[PAD]')) ?? eos ?? bos ?? 0,
    unkId: idOf(config.unk_token ?? usual('[UNK]')),
    clsId: idOf(config.cls_token ?? usual('[CLS]')),
    sepId: idOf(config.sep_token ?? usual('[SEP]')),
    maskId: idOf(config.mask_token ?? usual('[MASK]')),
  }
}

/** A text of one token at least, for any vocabulary. */
const PROBE = 'a'

function framesOf(
  { path, file }: TokenizerFiles,
  tokenizer: HuggingFaceTokenizer,
  { clsId, sepId }: Special,
): [single: Frame, pair: Frame] {
  if (file.model.type === 'WordPiece') {
    const frame = { before: [clsId!], between: [sepId!], behind: [sepId!] }
    return [{ ...frame, between: [] }, frame]
  }
  const inner = tokenizer.encode(PROBE, { add_special_tokens: false }).ids
  const outer = tokenizer.encode(PROBE).ids
  const both = tokenizer.encode(PROBE, { text_pair: PROBE }).ids
  const at = positionOf(inner, outer, 0)
  if (inner.length === 0 || at < 0) throw new InputError(path, 'a post-processor that changes the text', 'one that adds special tokens')
  const first = positionOf(inner, both, 0)
  const second = positionOf(inner, both, first + inner.length)
  const single = { before: outer.slice(0, at), between: [], behind: outer.slice(at + inner.length) }
  // A post-processor that knows no pairs: the texts follow each other.
  if (second < 0) return [single, single]
  return [
    single,
    { before: both.slice(0, first), between: both.slice(first + inner.length, second), behind: both.slice(second + inner.length) },
  ]
}

function positionOf(part: readonly number[], whole: readonly number[], from: number): number {
  for (let at = from; at + part.length <= whole.length; at++) if (part.every((id, i) => whole[at + i] === id)) return at
  return -1
}

/** Both texts in `room` tokens: as much of the shorter one as fits beside half of the longer one. */
function longestCut(
  a: readonly number[],
  b: readonly number[],
  room: number,
  cut: (tokens: readonly number[], most: number) => readonly number[],
): [readonly number[], readonly number[]] {
  const half = Math.floor(room / 2)
  const forA = Math.min(a.length, Math.max(room - b.length, room - half))
  return [cut(a, forA), cut(b, room - forA)]
}
