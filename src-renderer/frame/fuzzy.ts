/** Finding a command by a few of its letters. */

/** Entries whose titles have the letters of `typed` in order; those where they begin words come first. All, in order, when nothing is typed. */
export function matching<T extends { readonly title: string }>(typed: string, entries: readonly T[]): T[] {
  const letters = typed.toLowerCase().replace(/\s+/g, '')
  return entries
    .map((entry, i) => ({ entry, i, score: score(letters, entry.title.toLowerCase()) }))
    .filter(({ score: found }) => found > 0)
    .sort((a, b) => b.score - a.score || a.i - b.i)
    .map(({ entry }) => entry)
}

/** 0 where the letters are not there in order; more for whole parts and for the beginnings of words. */
function score(letters: string, title: string): number {
  if (letters === '') return 1
  const joined = title.replace(/\s+/g, '')
  const whole = joined.includes(letters) ? 4 * letters.length : 0
  let at = 0
  let points = 1
  for (const letter of letters) {
    const found = title.indexOf(letter, at)
    if (found < 0) return whole
    if (found === 0 || title[found - 1] === ' ') points += 2
    else if (found === at) points += 1
    at = found + 1
  }
  return points + whole
}
