/** `method`: how the fleet learns. */
import * as v from 'valibot'
import { choice, flag, integer, kinds, optional, positive } from './rules.ts'
import { strict } from './strict.ts'

const BETA = 'a number of at least 0 and below 1'
const beta = v.pipe(v.number(BETA), v.minValue(0, BETA), v.ltValue(1, BETA))

const adam = strict({
  beta1: optional('Decay of the first moment', beta, 0.9),
  beta2: optional('Decay of the second moment', beta, 0.99),
  epsilon: optional('Added to the root of the second moment', positive(), 1e-8),
})

const update = {
  learningRate: optional('Step size of the first round', positive(), 0.01),
  adam: optional('Adam (arXiv 1412.6980) on the aggregated gradient', adam, {}),
  horizonRounds: optional('Rounds over which the learning rate falls linearly to 0; stop.rounds unless given', integer(1)),
}

const probing = {
  batchSize: optional('Private rows per phone and round', integer(1), 16),
  probe: optional(
    'Directional derivatives from the losses at two points (2 forward passes each), or exactly by forward-mode differentiation (a little more than 1 each, and 1 for all)',
    choice(['two-point', 'jvp']),
    'two-point',
  ),
  probeSize: optional('Length of the step along a direction whose loss is probed at two points', positive(), 1e-2),
  distribution: optional('Distribution of the random directions', choice(['rademacher', 'gaussian']), 'gaussian'),
}

const cloudBatchSize = optional('Public rows per round', integer(1), 64)

export const methodSchema = kinds([
  strict({
    kind: v.literal('cooper'),
    randomDirections: optional('Random directions per phone and round beside the guided ones', integer(0), 10),
    poolSize: optional('Class-wise cloud directions kept, newest first; 2 x classes, at most 8, unless given', integer(1, 8)),
    ...update,
    ...probing,
    cloudBatchSize,
    guidance: optional(
      'Followed only in rounds where it promises more than random directions (earned), or always',
      choice(['earned', 'always']),
      'earned',
    ),
    mixing: optional(
      'One source of directions per round (switch) or guided and random ones together (hybrid)',
      choice(['switch', 'hybrid']),
      'switch',
    ),
    shrink: optional('Whether a guided coefficient is drawn towards 0 by its variance over the phones', flag(), true),
    monitors: optional('Random directions shared by all phones that measure what random probing would bring', integer(1, 4), 2),
  }),
  strict({
    kind: v.literal('fedmezo'),
    randomDirections: optional('Random directions per phone and round', integer(1), 10),
    ...update,
    ...probing,
  }),
  strict({ kind: v.literal('cloud-only'), ...update, cloudBatchSize }),
])
