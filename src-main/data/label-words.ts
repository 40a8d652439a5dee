/** Interprets label words: as numbers, truth values or "no class", and tells when two of them are the same name. */

/** Words by which tables say that a value is missing: pandas' own, and SNLI's dash for rows without a majority. */
const MISSING = new Set([
  '',
  '-',
  '-1',
  '-1.0',
  'nan',
  'NaN',
  '-nan',
  '-NaN',
  'null',
  'NULL',
  'None',
  'NA',
  '<NA>',
  '#N/A',
  '#NA',
  'N/A',
  'n/a',
])

/** True if a word says that a row has no class, unless a class has that name. */
export function meansNoClass(word: string): boolean {
  return MISSING.has(word)
}

/** The whole number that a word is, also one written as 1.0; null for anything else. */
export function wholeNumber(word: string): number | null {
  if (!/^[+-]?\d+(\.0*)?$/.test(word)) return null
  const value = Number(word)
  return Number.isSafeInteger(value) ? value + 0 : null
}

/** True if a word is a number with a fraction, or one that is out of all bounds. */
export function isFraction(word: string): boolean {
  if (/^[+-]?(inf|infinity)$/i.test(word)) return true
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) && wholeNumber(word) === null && !/^[+-]?\d+$/.test(word)
}

/** 0 for false and 1 for true, as Python and JSON write them; null for anything else. */
export function truthValue(word: string): 0 | 1 | null {
  const plain = word.toLowerCase()
  return plain === 'true' ? 1 : plain === 'false' ? 0 : null
}

/** Names that differ by case, white space, hyphens and underscores only are folded to the same. */
export function folded(name: string): string {
  return name
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
}

/** True if a name of class `index` is Hugging Face's placeholder, which names nothing. */
export function isPlaceholder(name: string, index: number): boolean {
  return name.toUpperCase() === `LABEL_${index}`
}

/** The class that a word names. Exact names come first; a folded one counts where it can mean one class only. */
export function wordIndex(names: readonly string[]): (word: string) => number | undefined {
  const exact = new Map(names.map((name, index) => [name, index]))
  const loose = new Map<string, number | undefined>()
  for (const [index, name] of names.entries()) {
    const key = folded(name)
    loose.set(key, loose.has(key) ? undefined : index)
  }
  return (word) => exact.get(word) ?? loose.get(folded(word))
}

/**
 * The number of class 0, where words are the numbers of `count` classes: 0 if all are below `count`; 1 if they end with `count` and none is 0; null if
 * they are neither.
 */
export function firstNumberOf(words: readonly string[], count: number): 0 | 1 | null {
  const numbers = words.map(wholeNumber)
  if (words.length === 0 || numbers.includes(null)) return null
  const [least, most] = [Math.min(...(numbers as number[])), Math.max(...(numbers as number[]))]
  if (least >= 0 && most < count) return 0
  return least >= 1 && most === count ? 1 : null
}
