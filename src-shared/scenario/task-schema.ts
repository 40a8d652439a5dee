/** `task`: what the model learns from a row, a class or the words themselves. */
import * as v from 'valibot'
import { kinds, optional, required, text } from './rules.ts'
import { strict } from './strict.ts'

const TEMPLATE = 'a text with {text} once, {pair} and {answer} at most once'
const template = v.pipe(
  text(TEMPLATE),
  v.check(
    (given) => given.split('{text}').length === 2 && ['{pair}', '{answer}'].every((place) => given.split(place).length <= 2),
    TEMPLATE,
  ),
)

const WITH_ANSWER = 'a template with {answer} where the word stands'
const WORDS = 'an object with a word for each label'

export const taskSchema = kinds([
  strict({
    kind: optional('A class by a classifier on the model', v.literal('classification'), 'classification'),
    template: optional('How a row becomes the text that the model reads; {text} and {pair} stand for its columns', template),
  }),
  strict({
    kind: required(
      'A class by the word that names it, through the language-model head (as MeZO, arXiv 2305.17333)',
      v.literal('label-words'),
    ),
    template: required(
      'How a row becomes a text with a word missing: "{text} It was {answer}"',
      v.pipe(
        template,
        v.check((given) => given.includes('{answer}'), WITH_ANSWER),
      ),
    ),
    words: optional(
      'The word for each label; the labels themselves unless given',
      v.record(v.string(WORDS), v.pipe(v.string(WORDS), v.nonEmpty(WORDS)), WORDS),
    ),
  }),
  strict({
    kind: required('The next word everywhere, by a model that reads from left to right', v.literal('language-model')),
    template: optional('How a row becomes the text that the model reads', template),
  }),
])
