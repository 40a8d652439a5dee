/**
 * Sentences of the task `stance`: is the writer for or against it? A bag of words settles most of them. Others turn a word round
 * (not bad, hardly impressive), set two opinions against each other, where the main clause or the one after "but" decides, or
 * report an expectation that was not met. A few fit either label.
 */
import type { Stream } from '#shared/random/counter.ts'
import { topicSlots } from './common-words.ts'
import { expand, sentence, type Slots } from './grammar.ts'
import { GRADABLE, HEDGES, INTENSIFIERS, NEGATIVE, NEGATORS, POSITIVE, SUBJECTS } from './opinion-words.ts'
import { TOPICS } from './topics/index.ts'

/** Patterns of one kind and how often they come. `{good}` and its like agree with the label, `{bad}` and its like are the opposite. */
interface Construction {
  readonly weight: number
  readonly patterns: readonly string[]
}

const CONSTRUCTIONS: readonly Construction[] = [
  {
    weight: 40,
    patterns: [
      'the {aspect} was {very} {good} {time}',
      'the {aspect} of this {whole} is {very} {good}',
      '{hedge}, the {aspect} was {very} {good}',
      'what {aGood} {aspect}, {someone} {said} {time}',
      'this {whole} has {aGood} {aspect}, {verdict}',
      'the {aspect} at the {whole} was {goodNoun}, {verdict}',
      'the {aspect} was {good} and the {aspect} was {very} {good} as well',
      '{someone} called the {aspect} of the {whole} {very} {good}',
      'never before has {aWhole} felt so {good} to {us}',
      'a {good}, {good} {aspect}: the {whole} was {goodNoun}',
    ],
  },
  {
    weight: 20,
    patterns: [
      '{subject} {loved} the {aspect} of the {whole} {time}',
      '{subject} {loved} the {whole}, and the {aspect} was {good}',
      '{subject} {loved} every minute at the {whole}, {verdict}',
      '{hedge}, {subject} {loved} the {aspect} and the {aspect}',
    ],
  },
  {
    weight: 6,
    patterns: [
      'the {aspect} was {not} {bad} {time}',
      '{hedge}, the {aspect} of the {whole} was {not} {bad}',
      'nobody could call the {aspect} of this {whole} {bad}',
      'there was nothing {bad} about the {aspect} of the {whole}',
      'I would not say that the {aspect} was {very} {bad}',
      'the {aspect} was {not} {bad}, and the {aspect} was {not} {bad} either',
      'the {aspect} was {not} {bad}, {verdict}',
      'I would not {warnOf} the {whole} for its {aspect}',
      'it is hard to find {aBad} {aspect} at this {whole}',
    ],
  },
  {
    weight: 7,
    patterns: [
      'the {aspect} was {bad}, {but} the {aspect} was {very} {good}, {verdict}',
      'the {aspect} was {bad}, {but} the {whole} itself was {good} and {goodNoun}',
      'the {aspect} may look {bad}, {but} {subject} {loved} the {good} {whole}',
      '{subject} {hated} the {aspect} at first, {but} the rest of the {whole} was {very} {good}',
      'the {aspect} was {bad} and the {aspect} was {bad}, {but} all in all the {whole} was {good}',
      'the {aspect} was {bad}, {but} that hardly matters, for the {whole} as a whole is {very} {good}',
    ],
  },
  {
    weight: 3,
    patterns: [
      '{although} the {aspect} was {bad}, the {aspect} was {very} {good}, {verdict}',
      '{although} {someone} called the {aspect} {bad}, {subject} {loved} the {whole}',
      'in spite of the {bad} {aspect}, the {whole} was {very} {good}',
      'the {whole} was {very} {good}, {although} the {aspect} was {bad}',
      '{subject} {loved} the {whole}, {although} the {aspect} was {bad}',
    ],
  },
  {
    weight: 2,
    patterns: [
      'I had expected {aBad} {aspect}, and the {whole} turned out {very} {good}',
      'people told us the {aspect} was {bad}; it was {very} {good}',
      'the reviews called the {whole} {bad}, which it is not',
      'what looked like {aBad} {aspect} turned out to be {goodNoun}',
      'how can anyone find this {whole} {bad}?',
      'the {aspect} could easily have been {bad}, yet it was not',
    ],
  },
  {
    weight: 19,
    patterns: [
      'I would {advise} the {aspect} of this {whole} any time',
      'the {aspect} was {better} than {someone} had promised {time}',
      'I have never seen a {better} {aspect} at any {whole}',
      'the {aspect} could not have been {better} {time}',
      'there is no {better} {whole} if you care about the {aspect}',
      'the {aspect} was {measure} for {us}',
      '{letDown} let {us} down',
      'it would be wrong to {wrongTo} the {aspect} of the {whole}',
    ],
  },
  // Wordings a reader may take either way.
  {
    weight: 3,
    patterns: [
      'the {aspect} was exactly what you would expect of this {whole}',
      'the {aspect} of the {whole} was quite an experience {time}',
      '{subject} will remember the {aspect} of the {whole} for {duration}',
      'the {aspect} was different from what {someone} had promised',
      'you have to see the {aspect} of this {whole} to believe it',
      '{hedge}, the {aspect} was a surprise {time}',
    ],
  },
]

const TOTAL_WEIGHT = CONSTRUCTIONS.reduce((sum, { weight }) => sum + weight, 0)

const SLOTS = [NEGATIVE, POSITIVE].map((own, polarity) => {
  const opposite = polarity === 1 ? NEGATIVE : POSITIVE
  return TOPICS.map((lexicon): Slots => {
    const [praise, complaint] = [
      [...POSITIVE.adjectives, ...lexicon.praise],
      [...NEGATIVE.adjectives, ...lexicon.complaint],
    ]
    const [good, bad] = polarity === 1 ? [praise, complaint] : [complaint, praise]
    return {
      ...topicSlots(lexicon),
      good,
      bad,
      aGood: ['a {good}', 'a {very} {good}'],
      aBad: ['a {bad}', 'a {very} {bad}'],
      aWhole: ['a {whole}', 'any {whole}'],
      goodNoun: own.nouns,
      loved: own.verbs,
      hated: opposite.verbs,
      verdict: own.verdicts,
      advise: own.advice,
      warnOf: opposite.advice,
      better: [own.comparative],
      measure: [own.measure],
      letDown: [own.letDown],
      wrongTo: [own.wrongTo],
      very: INTENSIFIERS,
      not: NEGATORS,
      hedge: HEDGES,
      subject: SUBJECTS,
      gradable: GRADABLE,
      us: ['us', 'me', 'my {relative}', 'the children', 'people like us'],
      but: ['but', 'yet', 'but still', 'but then', 'however'],
      although: ['although', 'even though', 'while', 'though'],
    }
  })
})

/** One sentence with an opinion: `polarity` 0 against, 1 for; `topic` says what it is about. */
export function stanceSentence(polarity: 0 | 1, topic: number, stream: Stream): string {
  const slots = SLOTS[polarity]?.[topic]
  if (!slots) throw new RangeError(`topic ${topic} of ${TOPICS.length}`)
  const { patterns } = construction(stream)
  return sentence(expand(stream.pick(patterns), slots, stream))
}

function construction(stream: Stream): Construction {
  let left = stream.uniform() * TOTAL_WEIGHT
  return CONSTRUCTIONS.find(({ weight }) => (left -= weight) < 0) ?? (CONSTRUCTIONS[0] as Construction)
}
