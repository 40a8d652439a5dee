/**
 * Checks the arguments of each call of the lab, whichever channel brought it. An unknown call, or one with wrong arguments, is answered with one line
 * and never reaches the lab.
 */
import * as v from 'valibot'
import { InputError } from '../errors/input-error.ts'
import { MAX_PHONES, overridesSchema } from '../scenario/fleet-schema.ts'
import { check, describe, issueError } from '../scenario/issues.ts'
import { integer, orList, withHint } from '../scenario/rules.ts'
import { scenarioSchema } from '../scenario/scenario-schema.ts'
import { policyNameSchema } from '../scenario/schedule-schema.ts'
import type { LabCalls } from './lab-api.ts'
import { PLAIN, PLAIN_LIMITS, whatIsNotPlain } from './plain-data.ts'
import { sessionWordsSchema } from './session-words.ts'

/** The most bytes of a file that crosses in one message. */
export const LARGEST_FILE_BYTES = 2 ** 30
const MOST_EVENTS_AT_ONCE = 100_000
const MOST_SESSIONS = 10_000
const LONGEST_SEARCH = 1000

const ID = 'the id of a session: letters, digits, "-" or "_", at most 64'
const sessionId = v.pipe(v.string(ID), v.regex(/^[\w-]{1,64}$/, ID))
const SESSIONS = `a list of at most ${MOST_SESSIONS} ids of sessions`
const sessionIds = v.pipe(v.array(sessionId, SESSIONS), v.maxLength(MOST_SESSIONS, SESSIONS))
const SEARCH = `a text of at most ${LONGEST_SEARCH} characters`
const search = v.pipe(v.string(SEARCH), v.maxLength(LONGEST_SEARCH, SEARCH))
const PHONES = `a list of 1 to ${MAX_PHONES} numbers of phones`
const phones = v.pipe(v.array(integer(0, MAX_PHONES - 1), PHONES), v.minLength(1, PHONES), v.maxLength(MAX_PHONES, PHONES))
const FILE = `the bytes of a file, at most ${LARGEST_FILE_BYTES}`
const file = v.pipe(
  v.instance(Uint8Array, FILE),
  v.check((bytes) => bytes.length <= LARGEST_FILE_BYTES, FILE),
)
/** A draft is only checked to be plain data here, because the lab reports all of its issues to the form. */
const draft = v.unknown()
/** A scenario to be started must be valid. It is passed on as it came, since the lab makes its paths absolute first. */
const whole = v.pipe(
  v.unknown(),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { issues } = v.safeParse(scenarioSchema, dataset.value, { abortPipeEarly: true })
    for (const { input, message, expected, path } of issues ?? []) addIssue({ input, message, expected, path } as never)
  }),
)

interface Argument {
  /** The argument's name in error messages. */
  readonly name: string
  readonly schema: v.GenericSchema
  /** True if null and undefined are allowed. @default false */
  readonly optional?: boolean
}

const session: Argument = { name: 'session', schema: sessionId }

/** The argument lists of all calls, by the name of the call. */
export const CALL_ARGUMENTS: Readonly<Record<keyof LabCalls, readonly Argument[]>> = {
  describe: [],
  check: [{ name: 'scenario', schema: draft }],
  start: [{ name: 'scenario', schema: whole }],
  resume: [session],
  pause: [session],
  proceed: [session],
  step: [session],
  stop: [session],
  tune: [session, { name: 'phones', schema: phones }, { name: 'change', schema: overridesSchema }],
  running: [],
  sessions: [{ name: 'search', schema: search }],
  open: [session, { name: 'seq', schema: integer(0), optional: true }],
  events: [session, { name: 'from', schema: integer(0) }, { name: 'limit', schema: integer(0, MOST_EVENTS_AT_ONCE) }],
  schedule: [session, { name: 'round', schema: integer(0) }, { name: 'policy', schema: policyNameSchema, optional: true }],
  describeSession: [session, { name: 'words', schema: sessionWordsSchema }],
  remove: [{ name: 'sessions', schema: sessionIds }],
  compare: [{ name: 'sessions', schema: sessionIds }],
  exportSession: [session],
  importSession: [{ name: 'file', schema: file }],
  importing: [],
}

const NAMES = Object.keys(CALL_ARGUMENTS)

/** @returns the checked arguments @throws InputError, one line, for anything that is not in the contract */
export function checkedArguments(name: string, given: readonly unknown[]): unknown[] {
  if (!Object.hasOwn(CALL_ARGUMENTS, name))
    throw new InputError('call', `${describe(name)} not found`, withHint(`one of ${NAMES.join(', ')}`, name.slice(0, 60), NAMES))
  const wanted = CALL_ARGUMENTS[name as keyof LabCalls]
  if (given.length > wanted.length) {
    const expected = wanted.length === 0 ? 'none' : orList(wanted.map((argument) => argument.name)).replace(' or ', ' and ')
    throw new InputError(name, `${given.length} arguments`, expected)
  }
  return wanted.map((argument, i) => checkedArgument(name, argument, given[i]))
}

function checkedArgument(call: string, { name, schema, optional = false }: Argument, value: unknown): unknown {
  if (optional && value == null) return undefined
  const wrong = whatIsNotPlain(value, PLAIN_LIMITS)
  if (wrong !== null) throw new InputError(`${call}: ${name}`, wrong, PLAIN)
  const checked = check(schema, value)
  // A scenario's issues name keys that the user knows, so the call's name would only be in the way.
  if ('issues' in checked) throw issueError(checked.issues, name === 'scenario' ? name : `${call}: ${name}`)
  return checked.output
}
