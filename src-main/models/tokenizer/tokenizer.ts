/** Turns text into token ids as the tokenizer of a model directory does. */
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import type { ModelConfig } from '../model-config.ts'

export interface TextRow {
  readonly text: string
  /** The second text of the row, if it has one. */
  readonly pair?: string | undefined
}

export interface RowTokens {
  readonly ids: Int32Array
  /** Token types, where the model is given any and not all are 0. */
  readonly types?: Uint8Array
}

export interface Cut {
  /** Tokens of a row, special ones included; what is longer is cut. @default nothing is cut */
  readonly maxLength?: number
  /** True to leave out the special tokens behind the text, where a continuation is to follow. @default false */
  readonly open?: boolean
}

export interface Tokenizer {
  /** WordPiece, BPE, Unigram or WordLevel. */
  readonly kind: string
  /** One more than the highest token id. */
  readonly vocabularySize: number
  /** The id that rows are padded with; masks hide it, so the side of the padding makes no difference. */
  readonly padId: number
  /** Special tokens, null where the tokenizer has none of the kind. */
  readonly unkId: number | null
  readonly clsId: number | null
  readonly sepId: number | null
  readonly maskId: number | null
  /** The text of the token `maskId`. */
  readonly mask: string | null
  /** The most tokens of a row according to `model_max_length`; null where it gives none. */
  readonly maximumLength: number | null
  /** Special tokens that a row has beside its text, or beside its two texts: the least `maxLength`. */
  readonly frameLength: { readonly single: number; readonly pair: number }
  /** Ids of texts without special tokens around them. @throws InputError for a text that the tokenizer can't cut */
  tokens(texts: readonly string[]): Promise<number[][]>
  /** Rows between special tokens. Of two texts the longer one is cut first. @throws InputError as `tokens`, RangeError below `frameLength` */
  encode(rows: readonly TextRow[], cut?: Cut): Promise<RowTokens[]>
}

/** Checks that every token id has a row in the word embedding table; a table with spare rows is fine. */
export function checkVocabulary(directory: string, tokenizer: Pick<Tokenizer, 'vocabularySize'>, config: ModelConfig): void {
  if (tokenizer.vocabularySize <= config.vocabularySize) return
  throw new InputError(
    join(directory, 'tokenizer.json'),
    `token ids up to ${tokenizer.vocabularySize - 1}`,
    `ids below vocab_size ${config.vocabularySize} of config.json`,
  )
}

/** Checks that every token type of a row has an embedding; a model without any is given none. */
export function checkTypes<Row extends RowTokens>(
  directory: string,
  row: Row,
  { typeVocabularySize }: ModelConfig,
): Row | Omit<Row, 'types'> {
  const { types, ...rest } = row
  if (!types) return row
  if (typeVocabularySize === 0) return rest
  const highest = types.reduce((a, b) => Math.max(a, b), 0)
  if (highest < typeVocabularySize) return row
  throw new InputError(
    `${join(directory, 'tokenizer.json')}:post_processor`,
    `token type ${highest}`,
    `types below type_vocab_size ${typeVocabularySize} of config.json`,
  )
}
