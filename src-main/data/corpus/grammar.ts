/** Turns a pattern with slots, such as `the {person} {did} {place}`, into an English sentence. */
import type { Stream } from '#shared/random/counter.ts'

/** What each slot may be filled with; a filling may hold slots itself. */
export type Slots = Readonly<Record<string, readonly string[]>>

/** A filling should not return within one sentence; a slot with few fillings gives up after this many draws. */
const DRAWS = 8

/** The pattern with every slot filled at random, none twice with the same words where there is a choice. */
export function expand(pattern: string, slots: Slots, stream: Stream): string {
  const used = new Set<string>()
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (_, slot: string) => {
      const fillings = slots[slot]
      if (!fillings) throw new Error(`unknown slot {${slot}} in "${pattern}"`)
      let filling = stream.pick(fillings)
      for (let draw = 1; used.has(filling) && draw < DRAWS; draw++) filling = stream.pick(fillings)
      used.add(filling)
      return fill(filling)
    })
  return fill(pattern)
}

/** A capital letter, "an" where it is needed, single spaces, and a full stop unless the text ends its own way. */
export function sentence(text: string): string {
  const spaced = text
    .replace(/\s+/g, ' ')
    .replace(/ ([,.?!;])/g, '$1')
    .trim()
  const articled = spaced.replace(/\b([Aa]) (?=([\w-]+))/g, (match, article: string, next: string) =>
    startsWithVowel(next) ? `${article}n ` : match,
  )
  const ended = /[.?!]$/.test(articled) ? articled : `${articled}.`
  return ended.charAt(0).toUpperCase() + ended.slice(1)
}

export function wordCount(text: string): number {
  return text.split(' ').length
}

function startsWithVowel(word: string): boolean {
  return /^([aeio]|u(?!se|ni[^mn])|honest|hour|heir|X-)/i.test(word) && !/^(one|once|euro)/i.test(word)
}
