/**
 * Makes texts safe to show to a person: names, labels and file names come from anybody, so characters that a terminal takes as commands, or that
 * reverse the order of letters, are shown as escapes.
 */

/**
 * Control characters but tab and line feed, and marks that change the direction of text (https://trojansource.codes). Also lone halves of
 * surrogate pairs, which are no text.
 */
// eslint-disable-next-line no-control-regex -- the pattern finds control characters in order to escape them
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu

/** Escapes unseen characters as JSON does, so that a JSON text stays valid and means the same. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Shows text in one line of at most `most` characters. */
export function visibleLine(text: string, most: number): string {
  const line = visible(text.replace(/\s+/g, ' ').trim())
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}
