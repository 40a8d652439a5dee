/** The tags and notes that a user gives to a session, with one check wherever they come from: a window, the command line, an imported file. */
import * as v from 'valibot'
import { optional } from '../scenario/rules.ts'
import { strict } from '../scenario/strict.ts'

const LONGEST_TAG = 200
const MOST_TAGS = 1000
export const LONGEST_NOTES = 100_000

const TAG = `a text of 1 to ${LONGEST_TAG} characters`
const TAGS = `a list of at most ${MOST_TAGS} texts`
const NOTES = `a text of at most ${LONGEST_NOTES} characters`

export const tagsSchema = v.pipe(
  v.array(v.pipe(v.string(TAG), v.nonEmpty(TAG), v.maxLength(LONGEST_TAG, TAG)), TAGS),
  v.maxLength(MOST_TAGS, TAGS),
)
export const notesSchema = v.pipe(v.string(NOTES), v.maxLength(LONGEST_NOTES, NOTES))

export const sessionWordsSchema = strict({
  tags: optional('In place of all that it has', tagsSchema),
  notes: optional('In place of what it has', notesSchema),
})
