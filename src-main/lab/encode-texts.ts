/** Texts as rows of tokens, without classes. */
import { loadTokenizer } from '#main/models/tokenizer.ts'
import { type PackedExamples, packExamples } from '#main/workers/commands.ts'

export interface EncodingRequest {
  /** Directory with the tokenizer. */
  readonly directory: string
  readonly texts: readonly string[]
  readonly maxLength: number
}

export interface EncodedTexts {
  readonly rows: PackedExamples
  readonly padId: number
  readonly maskId: number | null
}

/** @throws InputError for a tokenizer that can't be used */
export function encodeTexts({ directory, texts, maxLength }: EncodingRequest): EncodedTexts {
  const tokenizer = loadTokenizer(directory)
  const rows = packExamples(texts.map((text) => ({ ids: tokenizer.encode(text, maxLength), label: 0 })))
  return { rows, padId: tokenizer.padId, maskId: tokenizer.maskId }
}
