/** The word for each label as one line of text: `0 = terrible, 1 = great`. */

export function writtenPairs(words: unknown): string {
  if (typeof words !== 'object' || words === null) return ''
  return Object.entries(words)
    .map(([label, word]) => `${label} = ${word}`)
    .join(', ')
}

/** @returns undefined for an empty text: labels are their own words then */
export function pairsIn(written: string): Record<string, string> | undefined {
  const pairs = written.split(',').flatMap((part) => {
    const [label = '', ...word] = part.split('=').map((side) => side.trim())
    return label === '' ? [] : [[label, word.join('=')] as const]
  })
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs)
}
