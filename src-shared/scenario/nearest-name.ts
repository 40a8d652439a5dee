/** "Did you mean": the closest of a few known words by edit distance. */

/**
 * The known word nearest to `word`, or undefined when none is near enough to be a slip: at most a third of the longer
 * word's letters, upper and lower case alike, or `word` the beginning of it.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word === '' || word.length > 64) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of known) {
    // The distance is at least the difference in length.
    if (Math.abs(candidate.length - word.length) > mostSlips(candidate, word)) continue
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  if (best !== undefined && bestDistance <= mostSlips(best, word)) return best
  return known.find((candidate) => wanted.length >= 3 && candidate.toLowerCase().startsWith(wanted))
}

function mostSlips(a: string, b: string): number {
  return Math.max(1, Math.floor(Math.max(a.length, b.length) / 3))
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment; Damerau 1964). */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min(row[j - 1]! + 1, previous[j]! + 1, substituted)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforePrevious[j - 2]! + 1)
      row.push(cost)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.length]!
}
