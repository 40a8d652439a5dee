/** The words of one topic of the built-in corpus. Entries may hold slots such as `{stuff}`, filled from the same lexicon. */
export interface TopicLexicon {
  readonly topic: string
  /** Singular nouns with a regular plural. */
  readonly people: readonly string[]
  /** Singular count nouns. */
  readonly things: readonly string[]
  /** Mass nouns and plurals. */
  readonly stuff: readonly string[]
  /** Adjectives without an opinion. */
  readonly qualities: readonly string[]
  readonly places: readonly string[]
  /** Verb phrases as `base/past/gerund rest`. */
  readonly actions: readonly string[]
  /** Whole sentences. */
  readonly facts: readonly string[]
  /** Singular nouns one has an opinion on: parts, and wholes they belong to. */
  readonly aspects: readonly string[]
  readonly wholes: readonly string[]
  /** Adjectives of praise and of complaint at home in this topic. */
  readonly praise: readonly string[]
  readonly complaint: readonly string[]
}

/** Entries separated by commas or line breaks. */
export function list(entries: string): string[] {
  return entries
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
