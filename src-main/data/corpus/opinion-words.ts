/** Words of praise and complaint, in two mirrored lists, and the words that turn, strengthen or soften them. */
import { list } from './topics/topic-lexicon.ts'

/** What one polarity has to say; every list of the one has its counterpart in the other. */
interface OpinionWords {
  /** After "was". */
  readonly adjectives: readonly string[]
  /** After "we": past tense, before an object. */
  readonly verbs: readonly string[]
  /** After "was": noun phrases. */
  readonly nouns: readonly string[]
  /** Ends a sentence after a comma. */
  readonly verdicts: readonly string[]
  /** After "I would", before an object. */
  readonly advice: readonly string[]
  readonly comparative: string
  /** After "was", before "for us". */
  readonly measure: string
  /** Before "let us down": with an auxiliary that the subject follows, or without. */
  readonly letDown: string
  /** After "it would be wrong to". */
  readonly wrongTo: string
}

export const POSITIVE: OpinionWords = {
  adjectives: list(`good, great, excellent, wonderful, lovely, superb, fantastic, pleasant, brilliant, charming, marvellous, impressive,
    delightful, enjoyable, satisfying, remarkable, outstanding, reliable, helpful, perfect, first-rate, beautiful,     convincing, elegant, exciting, memorable, amazing, flawless, inspiring, polished, promising, worthwhile`),
  verbs: list('loved, enjoyed, admired, praised, adored, appreciated, liked, applauded, treasured, celebrated, welcomed, cherished'),
  nouns: list(
    'a joy, a triumph, a delight, a treat, a pleasure, a success, a gem, a blessing, a bargain, a highlight, a masterpiece, a relief',
  ),
  verdicts:
    list(`and we will be back, and it made our day, and everyone left smiling, and I would do it again, and it was worth every penny,
    and we told all our friends, and nobody wanted to leave, and that is the best part`),
  advice: list('recommend, choose, trust, suggest, revisit, support'),
  comparative: 'better',
  measure: 'just {gradable} enough',
  letDown: 'not once did the {aspect} of the {whole}',
  wrongTo: 'complain about',
}

export const NEGATIVE: OpinionWords = {
  adjectives:
    list(`bad, terrible, awful, poor, horrible, dreadful, disappointing, unpleasant, mediocre, boring, ugly, miserable, unimpressive,
    annoying, frustrating, useless, forgettable, inferior, unreliable, pointless, flawed, second-rate,     ridiculous, sloppy, tedious, lousy, irritating, careless, depressing, unfinished, hopeless, shoddy`),
  verbs: list('hated, disliked, regretted, criticised, despised, resented, dreaded, mocked, rejected, loathed, cursed, deplored'),
  nouns: list(
    'a mess, a failure, a letdown, a disaster, a nuisance, a disgrace, a flop, a nightmare, a rip-off, a shame, a chore, an insult',
  ),
  verdicts:
    list(`and we will stay away, and it ruined our day, and everyone left angry, and I want my money back, and it was a waste of time,
    and we warned all our friends, and nobody wanted to stay, and that is the worst part`),
  advice: list('avoid, skip, refuse, question, cancel, oppose'),
  comparative: 'worse',
  measure: 'far too {gradable}',
  letDown: 'once again the {aspect} of the {whole}',
  wrongTo: 'boast about',
}

export const INTENSIFIERS = list(
  `very, really, truly, absolutely, extremely, utterly, surprisingly, rather, remarkably, thoroughly, genuinely, pretty, downright`,
)

export const HEDGES =
  list(`to be fair, if you ask me, in my view, as far as I can tell, honestly, to tell the truth, for what it is worth, all in all,
  at least for us, I must say, in the end, according to my {relative}, frankly`)

/** Before an adjective: they turn it round. */
export const NEGATORS = list(
  'not, never, hardly, by no means, anything but, far from, not at all, not exactly, not in the least, nowhere near, scarcely, no longer',
)

export const SUBJECTS = list(
  'we, I, they, my {relative}, our {relative}, everyone at home, most visitors, {name}, {name} and I, the children',
)

/** Adjectives without an opinion, for "too ..." and "... enough". */
export const GRADABLE = list(
  'long, short, loud, simple, small, big, slow, fast, strict, plain, quiet, early, complicated, formal, dark, bright',
)
