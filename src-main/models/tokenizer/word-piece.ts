/**
 * Makes a WordPiece vocabulary from text and writes it as a Hugging Face tokenizer: special tokens, all characters as beginnings and as
 * continuations, then whole words and endings by frequency. On a corpus of few different words that is all merging would find.
 */

const SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const

const WORD = /[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu
const LONGEST_ENDING = 4

/** @param size tokens at most @returns tokens in the order of their ids, the same for the same texts */
export function wordPieceVocabulary(texts: readonly string[], size: number): string[] {
  const words = new Map<string, number>()
  const endings = new Map<string, number>()
  const characters = new Set<string>()
  const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1)
  for (const text of texts) {
    for (const [word] of text.toLowerCase().matchAll(WORD)) {
      count(words, word)
      for (const character of word) characters.add(character)
      for (let length = 2; length <= Math.min(LONGEST_ENDING, word.length - 2); length++) count(endings, `##${word.slice(-length)}`)
    }
  }
  const alphabet = [...characters].sort()
  const base = [...SPECIAL_TOKENS, ...alphabet, ...alphabet.map((character) => `##${character}`)]
  const byFrequency = [...words, ...[...endings].map(([ending, n]): [string, number] => [ending, n / LONGEST_ENDING])]
    .filter(([token]) => !characters.has(token))
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([token]) => token)
  return [...base, ...byFrequency].slice(0, size)
}

/** The contents of tokenizer.json, uncased as BERT's (Devlin et al. 2019). */
export function tokenizerJson(vocabulary: readonly string[]): object {
  const id = (token: string): number => vocabulary.indexOf(token)
  const special = (token: string, type = 0): object => ({ SpecialToken: { id: token, type_id: type } })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content) => ({
      id: id(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [
        special('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        special('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
        special('[SEP]', 1),
      ],
      special_tokens: Object.fromEntries(['[CLS]', '[SEP]'].map((token) => [token, { id: token, ids: [id(token)], tokens: [token] }])),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((token, i) => [token, i])),
    },
  }
}
