/** Words every topic shares: people, times, reasons, and the forms of a topic's verb phrases. */
import type { Slots } from './grammar.ts'
import { list, type TopicLexicon } from './topics/topic-lexicon.ts'

const COMMON: Slots = {
  name: list(`Anna, Ben, Clara, David, Farid, Greta, Ines, Kofi, Lena, Marco, Oscar, Priya, Rosa, Samuel, Tara, Yuki`),
  relative:
    list(`brother, sister, mother, father, uncle, aunt, cousin, neighbour, grandfather, grandmother, flatmate, colleague, friend, son,
    daughter, nephew`),
  someone:
    list(`{name}, my {relative}, our {relative}, the {person}, the {person}, a {quality} {person}, {name} and the {person}, the young {person},
    another {person}, their {relative}, the {person} from next door`),
  time: list(`on Monday, on Tuesday morning, on Friday evening, last week, last winter, this morning, in the afternoon, after lunch, before sunrise,
    late at night, every Sunday, in early spring, in August, two years ago, at the weekend, yesterday, a month later, at noon, once again,
    during the holidays, for the first time, as usual`),
  duration:
    list(`ten minutes, half an hour, two hours, an hour, three days, a week, several weeks, two months, a whole afternoon, forty seconds,
    nearly a year, five minutes`),
  reason:
    list(`because it was {name}'s turn, because nobody else had the time, so that the {person} could go home, although it was getting late,
    while the {person} looked on, as the {person} had asked, because the {thing} was ready, before the {person} came back, while the others waited,
    just as {name} had planned, in spite of the rain, because the plan said so, until the {person} called, without saying a word`),
  state:
    list(`ready, new, still there, missing, in the corner, next to each other, covered with dust, on the list, already paid for, not in use, out of sight,
    brand new, borrowed from a friend`),
  said: list('said, explained, wrote, told us, repeated, insisted, noted, promised, remarked, warned, announced'),
  manner: list(
    'quickly, slowly, carefully, quietly, together, alone, as always, in a hurry, with great care, without help, step by step, for once',
  ),
  often: list('always, often, sometimes, usually, rarely, seldom, regularly, already, almost, never, soon'),
}

/** The slots of one topic: its own words, the common ones, and `do`, `did`, `doing` for its verb phrases. */
export function topicSlots(lexicon: TopicLexicon): Slots {
  const { people, things, stuff, qualities, places, actions, aspects, wholes } = lexicon
  return {
    ...COMMON,
    person: people,
    thing: things,
    stuff,
    quality: qualities,
    place: places,
    aspect: aspects,
    whole: wholes,
    do: actions.map((action) => form(action, 0)),
    did: actions.map((action) => form(action, 1)),
    doing: actions.map((action) => form(action, 2)),
  }
}

/** `bake/baked/baking a {thing}` in form 0, 1 or 2. */
function form(action: string, index: 0 | 1 | 2): string {
  const space = action.indexOf(' ')
  const verb = action.slice(0, space).split('/')[index]
  if (verb === undefined) throw new Error(`"${action}" lacks a verb form`)
  return verb + action.slice(space)
}
