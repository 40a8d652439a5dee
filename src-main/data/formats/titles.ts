/** Names that columns have by custom: in the data sets of GLUE, Hugging Face's hub and Kaggle. */

/** Names of label columns; the first one that a table has is taken. */
export const LABEL_TITLES = ['label', 'labels', 'class', 'category', 'target', 'gold_label']

/** Less certain names of label columns, taken only where a table has exactly one of them. */
export const LIKELY_LABEL_TITLES = [
  'sentiment',
  'polarity',
  'emotion',
  'intent',
  'topic',
  'stars',
  'rating',
  'is_duplicate',
  'stance',
  'verdict',
  'coarse_label',
  'fine_label',
  'label-coarse',
  'label-fine',
  'airline_sentiment',
  'class_index',
  'class index',
  'quality',
]

/** Names of text columns; the first one that a table has is taken. */
export const TEXT_TITLES = ['text', 'sentence', 'content', 'review', 'phrase', 'document', 'article', 'body', 'message', 'tweet', 'comment']

/** Less certain names of text columns, taken only where a table has exactly one of them. */
export const LIKELY_TEXT_TITLES = ['sms', 'comment_text', 'tweet_text', 'reviewtext', 'review_text', 'utterance', 'headline']

/** Names of two text columns that belong together. */
export const PAIR_TITLES: readonly (readonly [string, string])[] = [
  ['sentence1', 'sentence2'],
  ['sentence_1', 'sentence_2'],
  ['sentence_a', 'sentence_b'],
  ['sentence_A', 'sentence_B'],
  ['text1', 'text2'],
  ['text_1', 'text_2'],
  ['text_a', 'text_b'],
  ['premise', 'hypothesis'],
  ['question1', 'question2'],
  ['question', 'sentence'],
  ['question', 'passage'],
  ['question', 'context'],
  ['question', 'answer'],
  ['query', 'passage'],
  ['query', 'document'],
  ['query', 'text'],
  ['#1 String', '#2 String'],
]

const OTHER_TITLES = [
  'score',
  'toxic',
  'id',
  'idx',
  'index',
  'guid',
  'title',
  'description',
  'summary',
  'question',
  'answer',
  'premise',
  'hypothesis',
  'name',
  'date',
  'source',
  'url',
  'user',
  'author',
  'language',
  'lang',
  'genre',
]

const ALL = new Set(
  [...LABEL_TITLES, ...LIKELY_LABEL_TITLES, ...TEXT_TITLES, ...LIKELY_TEXT_TITLES, ...PAIR_TITLES.flat(), ...OTHER_TITLES].map((title) =>
    title.toLowerCase(),
  ),
)
const LABELS = new Set([...LABEL_TITLES, ...LIKELY_LABEL_TITLES])
/** Names that spreadsheets and data frames give to columns without one. */
const NUMBERED = /^(v|c|_c|col|column|field|x|var|unnamed)[ _:]*\d+$/

export function isTitle(name: string): boolean {
  const plain = name.toLowerCase()
  return ALL.has(plain) || NUMBERED.test(plain)
}

export function isLabelTitle(name: string): boolean {
  return LABELS.has(name.toLowerCase())
}
