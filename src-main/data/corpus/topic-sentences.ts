/**
 * Sentences of the task `topic`: what is this about? Most name two or three things of their topic. Some also name something of
 * another topic in a minor clause, and a few are worded so that several topics would do.
 */
import type { Stream } from '#shared/random/counter.ts'
import { topicSlots } from './common-words.ts'
import { expand, sentence } from './grammar.ts'
import { TOPICS } from './topics/index.ts'

const PATTERNS = [
  'the {person} {did} {place} {time}',
  '{time}, {someone} {did} {place}',
  '{someone} {did}, {reason}',
  'after {doing}, {someone} {did}',
  'it took {duration} to {do} and another {duration} to {do}',
  'you need a {quality} {thing} and some {stuff} if you want to {do}',
  'there was a {quality} {thing} beside the {thing} {place}',
  'how long does it take to {do} with a {thing}?',
  '{someone} asked whether a {thing} is needed to {do}',
  'my {relative} learned to {do} from a {quality} {person}',
  'never {do} without a {thing}, the {person} {said}',
  'the {thing} and the {thing} were {state} when the {person} {did}',
  '{someone} {often} {did} {manner} and then {did}',
  '{time}, {someone} forgot the {thing}, so the {person} could not {do}',
  'the {person} kept the {stuff} and the {thing} {place}',
  'instead of {doing}, {someone} spent {duration} {doing}',
  'did {name} {do} {place}, or was it the {person}?',
  'a {quality} {thing} for {stuff}, a {thing} for {stuff}: that is all the {person} had {place}',
  '{someone} showed {name} how to {do} {manner}',
  'we watched a {person} {do} {place} for {duration}',
  'please {do} before you {do}, {name} {said}',
  '{doing} {manner} is what every {person} has to learn',
]

/** The minor clause names `{other}`, a thing or place of another topic. */
const CROSSED_PATTERNS = [
  '{time}, {someone} left the {other} at home and {did}',
  '{someone} {did} {otherPlace}, of all places',
  'with the {other} still in one hand, the {person} {did}',
  'the {person} used to be a {otherPerson} but now wants to {do}',
  '{name} dreamed of the {other} while {doing}',
]

/** Wordings that fit each of `topics`. */
const SHARED_PATTERNS: readonly { readonly topics: readonly string[]; readonly pattern: string }[] = [
  { topics: ['sport', 'travel', 'money'], pattern: 'the tickets cost more than {name} had expected {time}' },
  { topics: ['sport', 'health'], pattern: '{name} hurt a {limb} {time} and had to rest for {duration}' },
  { topics: ['technology', 'money'], pattern: '{name} typed in the number and waited {duration} for the charge to go through' },
  { topics: ['cooking', 'health'], pattern: '{name} ate some fruit and a bowl of oats {time}' },
  { topics: ['cooking', 'travel'], pattern: '{name} found a small place by the sea {time} and stayed for {duration}' },
  { topics: ['technology', 'health'], pattern: 'the results of the scan came back {time} and {name} read them {manner}' },
  { topics: ['sport', 'travel'], pattern: '{name} took the coach at seven {time} and slept for {duration}' },
  { topics: ['cooking', 'sport', 'technology'], pattern: 'it was too hot {time}, so {name} turned it off after {duration}' },
]

const CROSSED_SHARE = 0.12
const SHARED_SHARE = 0.03

const LIMBS = ['knee', 'shoulder', 'foot', 'wrist', 'back', 'ankle', 'thumb', 'hip']

const SLOTS = TOPICS.map((lexicon) => ({ ...topicSlots(lexicon), limb: LIMBS }))

/** One sentence about the topic with index `topic`. */
export function topicSentence(topic: number, stream: Stream): string {
  const lexicon = TOPICS[topic]
  const slots = SLOTS[topic]
  if (!lexicon || !slots) throw new RangeError(`topic ${topic} of ${TOPICS.length}`)
  const draw = stream.uniform()
  const shared = SHARED_PATTERNS.filter(({ topics }) => topics.includes(lexicon.topic))
  if (draw < SHARED_SHARE && shared.length > 0) return sentence(expand(stream.pick(shared).pattern, slots, stream))
  if (draw < SHARED_SHARE + CROSSED_SHARE) {
    const other = stream.pick(TOPICS.filter((candidate) => candidate !== lexicon))
    const crossed = { ...slots, other: other.things, otherPlace: other.places, otherPerson: other.people }
    return sentence(expand(stream.pick(CROSSED_PATTERNS), crossed, stream))
  }
  const facts = stream.uniform() < 0.25
  return sentence(expand(stream.pick(facts ? lexicon.facts : PATTERNS), slots, stream))
}
