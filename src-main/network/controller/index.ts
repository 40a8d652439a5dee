/** Makes the compression controller that a scenario names. */
import type { CompressionKeys, ControllerName } from '#shared/scenario/compression-schema.ts'
import { AdaptiveController } from './adaptive.ts'
import { budgetController } from './budget.ts'
import type { CompressionController } from './decision.ts'
import { fixedController } from './fixed.ts'
import { NormController } from './norm.ts'
import { offController } from './off.ts'

const MAKERS: Readonly<Record<ControllerName, (keys: CompressionKeys) => CompressionController>> = {
  fixed: ({ bits }) => fixedController(bits),
  adaptive: () => new AdaptiveController(),
  budget: ({ budgetSeconds }) => budgetController(budgetSeconds),
  norm: ({ bits, fewBits }) => new NormController(bits, fewBits),
  off: () => offController(),
}

export function compressionController(keys: CompressionKeys): CompressionController {
  return MAKERS[keys.controller](keys)
}
