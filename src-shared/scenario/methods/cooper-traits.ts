/** Cooper: phones probe along directions from the cloud where that promises more than random ones. */
import { choice, flag, integer, optional, positive } from '../rules.ts'
import { optimiserOf } from '../optimiser.ts'
import { describeMethod } from './describe-method.ts'
import { adamOnUpdates, cloudBatchSize, horizonRounds, probing, probingTraits } from './shared-keys.ts'

const poolSizeOf = (poolSize: number | undefined, classes: number): number => poolSize ?? Math.min(8, 2 * classes)

export const cooper = describeMethod({
  kind: 'cooper',
  title: 'Cooper: guided by the cloud',
  keys: {
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
  },
  measuresCurvature: true,
  follows: {
    elastic: true,
    sums: {
      where: (scenario) => scenario.method.randomDirections === 0 || optimiserOf(scenario) === 'newton',
      words: 'with Newton steps (its usual optimiser) or randomDirections 0',
    },
    localPrivacy: true,
  },
  issues: ({ guidance, randomDirections, mixing }) =>
    guidance === 'never'
      ? [
          ...(randomDirections === 0
            ? [{ key: 'randomDirections', expected: '1 or more with method.guidance "never", which probes nothing else' }]
            : []),
          ...(mixing === 'hybrid'
            ? [{ key: 'mixing', expected: '"switch" with method.guidance "never", which leaves nothing to mix' }]
            : []),
        ]
      : [],
  traits: (method) => ({
    ...probingTraits(method),
    cloudBatchSize: method.cloudBatchSize,
    seesPublic: method.guidance !== 'never',
    guidance: 'class',
    poolSize: (classes) => poolSizeOf(method.poolSize, classes),
    directions(classes, layers) {
      // Class-layer guidance is probed layer by layer, the head as well.
      const guided = poolSizeOf(method.poolSize, classes) * (method.directions === 'class-layer' ? layers + 1 : 1)
      const random = Math.max(method.randomDirections, method.monitors)
      return method.mixing === 'hybrid' ? guided + random : Math.max(guided + method.monitors, random)
    },
  }),
})
