/** Defines the keys that several methods share, and the traits that follow from them. */
import * as v from 'valibot'
import { choice, integer, optional, positive } from '../rules.ts'
import { strict } from '../strict.ts'
import type { MethodTraits } from './describe-method.ts'

const BETA = 'a number of at least 0 and below 1'
const beta = v.pipe(v.number(BETA), v.minValue(0, BETA), v.ltValue(1, BETA))

const adam = strict({
  beta1: optional('Decay of the first moment', beta, 0.9),
  beta2: optional('Decay of the second moment', beta, 0.99),
  epsilon: optional('Added to the root of the second moment', positive(), 1e-8),
})

const optimisers = choice(['adam', 'sgd'])
export const adamOnUpdates = optional('Adam (arXiv 1412.6980) on the aggregated gradient, where it is the optimiser', adam, {})
export const horizonRounds = optional(
  'Rounds over which the learning rate falls linearly to 0; stop.rounds unless given, and none with Newton steps',
  integer(1),
)

/** Keys of methods whose server takes a step along the aggregated gradient. */
export const update = {
  learningRate: optional('Step size of the first round', positive(), 0.01),
  optimiser: optional('What is made of the aggregated gradient: a step of Adam, or a plain one (sgd)', optimisers, 'adam'),
  adam: adamOnUpdates,
  horizonRounds,
}

/** Keys of methods whose phones take steps of their own between two rounds (arXiv 2003.00295). */
export const localUpdate = {
  learningRate: optional('Step size of the local steps in the first round; it falls with sgd', positive(), 0.01),
  optimiser: optional(
    'What the server makes of the averaged change: adds it, times serverLearningRate (sgd), or takes it as a gradient for Adam',
    optimisers,
    'sgd',
  ),
  serverLearningRate: optional(
    'Step size on the averaged change: 1 with sgd, which is plain averaging, and 0.01 with adam unless given; falls with adam, where it sets the length',
    positive(),
  ),
  adam: adamOnUpdates,
  horizonRounds,
}

export const batchSize = optional('Private rows per phone and step', integer(1), 16)

/** Keys of methods whose phones probe directions. */
export const probing = {
  batchSize,
  probe: optional(
    'Directional derivatives from the losses at two points (2 forward passes each), or exactly by forward-mode differentiation (a little more than 1 each, and 1 for all)',
    choice(['two-point', 'jvp']),
    'two-point',
  ),
  probeSize: optional('Length of the step along a direction whose loss is probed at two points', positive(), 1e-2),
  distribution: optional('Distribution of the random directions', choice(['rademacher', 'gaussian']), 'gaussian'),
}

export const cloudBatchSize = optional('Public rows per round', integer(1), 128)

/** Returns the traits that the keys of `probing` set. */
export function probingTraits(method: Pick<MethodTraits, 'batchSize' | 'probe' | 'probeSize' | 'distribution'>): Partial<MethodTraits> {
  const { batchSize: rows, probe, probeSize, distribution } = method
  return { batchSize: rows, probe, probeSize, distribution }
}
