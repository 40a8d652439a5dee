/** Texts as rows of tokens, without classes. */
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import { type PackedExamples, packExamples } from '#main/training/packed-examples.ts'

export interface EncodingRequest {
  /** The directory with the tokenizer. */
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
export async function encodeTexts({ directory, texts, maxLength }: EncodingRequest): Promise<EncodedTexts> {
  const tokenizer = await loadTokenizer(directory)
  const encoded = await tokenizer.encode(
    texts.map((text) => ({ text })),
    { maxLength },
  )
  const rows = packExamples(encoded.map((row) => ({ ...row, label: 0 })))
  return { rows, padId: tokenizer.padId, maskId: tokenizer.maskId }
}
