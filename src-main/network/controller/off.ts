/** A controller without compression: every value is sent as float32. */
import type { CompressionController } from './decision.ts'
import { fixedController } from './fixed.ts'

export function offController(): CompressionController {
  return fixedController(32, 'off')
}
