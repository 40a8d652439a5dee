/** Disconnections of a link: mean times between and of them. */
import * as v from 'valibot'
import { required } from './rules.ts'
import { strict } from './strict.ts'

/** Shorter interruptions are treated as jitter. */
export const LEAST_OUTAGE_SECONDS = 0.01

const SECONDS = `a number of seconds of at least ${LEAST_OUTAGE_SECONDS}`
const seconds = v.pipe(v.number(SECONDS), v.finite(SECONDS), v.minValue(LEAST_OUTAGE_SECONDS, SECONDS))

export const outagesSchema = strict({
  upSeconds: required('Mean time connected', seconds),
  downSeconds: required('Mean time disconnected', seconds),
})
