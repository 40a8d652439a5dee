/** Disconnections of a link: mean times between and of them. */
import { positive, required } from './rules.ts'
import { strict } from './strict.ts'

export const outagesSchema = strict({
  upSeconds: required('Mean time connected', positive()),
  downSeconds: required('Mean time disconnected', positive()),
})
