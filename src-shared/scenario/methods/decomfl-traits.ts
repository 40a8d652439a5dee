/** DeComFL: phones walk along random directions that all of them share. */
import { integer, optional } from '../rules.ts'
import { describeMethod } from './describe-method.ts'
import { localUpdate, probing, probingTraits } from './shared-keys.ts'

export const decomfl = describeMethod({
  kind: 'decomfl',
  title: 'DeComFL: scalars only',
  keys: {
    randomDirections: optional('Random directions per local step, shared by all phones', integer(1), 10),
    localSteps: optional('Steps of each phone per round', integer(1), 1),
    ...localUpdate,
    ...probing,
  },
  follows: {
    elastic: { where: ({ method }) => method.localSteps === 1, words: 'with localSteps 1' },
    sums: true,
    localPrivacy: true,
  },
  traits: (method) => ({ ...probingTraits(method), ownSteps: method, directions: () => method.randomDirections }),
})
