/** `method`: how the fleet learns. */
import * as v from 'valibot'
import { choice, flag, integer, kinds, optional, positive, share } from './rules.ts'
import { strict } from './strict.ts'

const BETA = 'a number of at least 0 and below 1'
const beta = v.pipe(v.number(BETA), v.minValue(0, BETA), v.ltValue(1, BETA))

const adam = strict({
  beta1: optional('Decay of the first moment', beta, 0.9),
  beta2: optional('Decay of the second moment', beta, 0.99),
  epsilon: optional('Added to the root of the second moment', positive(), 1e-8),
})

const optimisers = choice(['adam', 'sgd'])
const adamOnUpdates = optional('Adam (arXiv 1412.6980) on the aggregated gradient, where it is the optimiser', adam, {})
const horizonRounds = optional(
  'Rounds over which the learning rate falls linearly to 0; stop.rounds unless given, and none with Newton steps',
  integer(1),
)

const update = {
  learningRate: optional('Step size of the first round', positive(), 0.01),
  optimiser: optional('What is made of the aggregated gradient: a step of Adam, or a plain one (sgd)', optimisers, 'adam'),
  adam: adamOnUpdates,
  horizonRounds,
}

/** Of methods whose phones take steps of their own between two rounds (arXiv 2003.00295). */
const localUpdate = {
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

const batchSize = optional('Private rows per phone and step', integer(1), 16)

const probing = {
  batchSize,
  probe: optional(
    'Directional derivatives from the losses at two points (2 forward passes each), or exactly by forward-mode differentiation (a little more than 1 each, and 1 for all)',
    choice(['two-point', 'jvp']),
    'two-point',
  ),
  probeSize: optional('Length of the step along a direction whose loss is probed at two points', positive(), 1e-2),
  distribution: optional('Distribution of the random directions', choice(['rademacher', 'gaussian']), 'gaussian'),
}

const cloudBatchSize = optional('Public rows per round', integer(1), 128)

export const methodSchema = kinds([
  strict({
    kind: v.literal('cooper'),
    randomDirections: optional('Random directions per phone and round beside the guided ones', integer(0), 10),
    poolSize: optional('Class-wise cloud directions kept, newest first; 2 x classes, at most 8, unless given', integer(1, 8)),
    learningRate: optional(
      'Of the first round: the share of a Newton step, 1 unless given, or the step size of the optimiser, 0.01',
      positive(),
    ),
    optimiser: optional(
      'Newton steps among the directions probed, from the curvature that phones measure in the same passes (newton), or what is made of the aggregated gradient: a step of Adam or a plain one (sgd). newton unless given, and adam with federation.privacy, which hides curvature, or where the next word is learnt',
      choice(['newton', 'adam', 'sgd']),
    ),
    adam: adamOnUpdates,
    horizonRounds,
    ...probing,
    cloudBatchSize,
    guidance: optional(
      'Followed only in rounds where it promises more than random directions (earned), or always, or never: the control that shows what it adds',
      choice(['earned', 'always', 'never']),
      'earned',
    ),
    directions: optional(
      "A guided direction per class's gradient (class), or one per class and layer: more derivatives, and each costs only the layers above (class-layer)",
      choice(['class', 'class-layer']),
      'class',
    ),
    mixing: optional(
      'One source of directions per round (switch) or guided and random ones together (hybrid)',
      choice(['switch', 'hybrid']),
      'switch',
    ),
    shrink: optional('Whether a guided coefficient is drawn towards 0 by its variance over the phones', flag(), true),
    monitors: optional(
      'Random directions shared by all phones that measure now and then what random probing would bring',
      integer(1, 4),
      2,
    ),
  }),
  strict({
    kind: v.literal('fedmezo'),
    randomDirections: optional('Random directions per phone and round', integer(1), 10),
    ...update,
    ...probing,
  }),
  strict({
    kind: v.literal('heimda'),
    randomDirections: optional('Random directions per phone and round, each probed together with a guided one', integer(1), 10),
    poolSize: optional('Cloud gradients kept, newest first', integer(1, 8), 4),
    cloudWeight: optional("Weight of the cloud's gradient in the update; the phones' estimate has the rest", share(), 0.5),
    ...update,
    ...probing,
    cloudBatchSize,
  }),
  strict({
    kind: v.literal('fwdllm'),
    randomDirections: optional('Random directions per phone that are collected at a time', integer(1), 10),
    mostDirections: optional('Random directions per phone and round at most', integer(1), 40),
    varianceLimit: optional('Variance of an element of the aggregated gradient above which more directions are collected', positive(), 0.1),
    candidates: optional(
      'Random directions of which the one most like the last aggregated gradient is probed; 1 probes any',
      integer(1),
      4,
    ),
    ...update,
    ...probing,
  }),
  strict({
    kind: v.literal('fedkseed'),
    seeds: optional('Random directions there are, the same in every round', integer(1, 65_536), 4096),
    localSteps: optional('Steps of each phone per round, along one random direction each', integer(1), 10),
    ...localUpdate,
    ...probing,
  }),
  strict({
    kind: v.literal('decomfl'),
    randomDirections: optional('Random directions per local step, shared by all phones', integer(1), 10),
    localSteps: optional('Steps of each phone per round', integer(1), 1),
    ...localUpdate,
    ...probing,
  }),
  strict({
    kind: v.literal('fedavg'),
    localSteps: optional('Backpropagation steps of each phone per round', integer(1), 5),
    ...localUpdate,
    batchSize,
    bits: optional('Bits per value of the parameter differences, both ways', choice([1, 2, 3, 4, 6, 8, 16, 32]), 32),
  }),
  strict({ kind: v.literal('cloud-only'), ...update, cloudBatchSize }),
])
