/** `fleet` and `cloud`: the emulated phones in groups of equal ones, and the machine that plays the cloud. */
import * as v from 'valibot'
import { readBytes } from '../units/bytes.ts'
import { outagesSchema } from './outages-schema.ts'
import { choice, filePath, integer, lossShare, notNegative, optional, positive, required, text } from './rules.ts'
import { strict } from './strict.ts'

export const MAX_PHONES = 10_000

const MEBIBYTE = 2 ** 20
const SIZE = 'a size such as "512 MiB" or "1.2 GB", or a number of bytes; at least 1 MiB'
const ID = 'letters, digits, ".", "-" or "_", at most 64, beginning with a letter or digit'
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** The memory cap is text or a number in the file, and a number of bytes once parsed. */
const memoryCap = v.pipe(
  v.union([v.string(SIZE), v.number(SIZE)], SIZE),
  v.check((size) => (readBytes(size) ?? 0) >= MEBIBYTE, SIZE),
  v.transform((size) => readBytes(size) as number),
)

/** Numbers of a phone and its link that a scenario may override and that may change while a session runs. */
export const overridesSchema = strict({
  gflops: optional('Sustained fp32 GFLOP/s', positive()),
  downMbps: optional('Downlink, Mbit/s', positive()),
  upMbps: optional('Uplink, Mbit/s', positive()),
  rttMs: optional('Round trip, milliseconds', notNegative()),
  jitterMs: optional('Mean of what a round trip takes beyond that, milliseconds', notNegative()),
  lossRate: optional('Share of packets lost', lossShare()),
  sigma: optional('Spread of the logarithm of the bandwidth from second to second; 0 for a constant one', notNegative()),
  outages: optional('Times connected and disconnected follow one another, exponentially distributed', outagesSchema),
})

const group = strict({
  profile: required('Device profile', text('the id of a device profile')),
  count: optional('Phones in this group', integer(1), 1),
  link: optional('Link profile', text('the id of a link profile'), 'lte'),
  trace: optional(
    "Recorded bandwidth in place of the link's: a csv file with the columns seconds, downMbps, upMbps; or of the downlink alone, as Mahimahi or the HSDPA logs have it (relative to this file)",
    filePath('the path of a recording'),
  ),
  traceUp: optional(
    "The uplink's own recording, where trace is the downlink's alone; the link's numbers unless given",
    filePath('the path of a recording'),
  ),
  traceEnd: optional(
    'What comes after a recording: itself again (repeat), its last row for ever (hold), or nothing: the phones can no longer be asked (end); repeat unless given',
    choice(['repeat', 'hold', 'end']),
  ),
  cell: optional('Radio cell: phones of one cell share the one downlink and uplink of their link', v.pipe(v.string(ID), v.regex(NAME, ID))),
  memoryCap: optional("Cap on each worker's whole resident memory; the profile's unless given", memoryCap),
  id: optional('Name of the phone, or of the group', v.pipe(v.string(ID), v.regex(NAME, ID))),
  overrides: optional("Numbers used in place of the profile's", overridesSchema),
})

export type PhoneOverrides = v.InferOutput<typeof overridesSchema>

const FLEET = 'a list of at least one group of phones'

export const fleetSchema = v.pipe(
  v.array(group, FLEET),
  v.nonEmpty(FLEET),
  v.check(
    (groups) => phonesIn(groups) <= MAX_PHONES,
    (issue) => `at most ${MAX_PHONES} phones in all, not ${phonesIn(issue.input)}`,
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const seen = new Set<string>()
    for (const [key, value] of dataset.value.entries()) {
      for (const name of ['traceUp', 'traceEnd'] as const) {
        if (value[name] === undefined || value.trace !== undefined) continue
        const of = { type: 'object', origin: 'value', input: { ...value }, key: name, value: value[name] } as const
        const inFleet = { type: 'array', origin: 'value', input: dataset.value, key, value } as const
        addIssue({ input: value[name], message: 'nothing, since there is no trace', path: [inFleet, of] })
      }
      if (value.id === undefined) continue
      if (seen.has(value.id)) {
        const inGroup = { type: 'object', origin: 'value', input: { ...value }, key: 'id', value: value.id } as const
        const path = [{ type: 'array', origin: 'value', input: dataset.value, key, value } as const, inGroup] as const
        addIssue({ input: value.id, message: 'an id that no other group has', path: [...path] })
      }
      seen.add(value.id)
    }
  }),
)

export const cloudSchema = strict({
  profile: optional('Device profile', text('the id of a device profile'), 'workstation'),
  link: optional("Link profile of the cloud's own connection; only the phones' links count unless given", text('the id of a link profile')),
})

export function phonesIn(groups: readonly { count: number }[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0)
}
