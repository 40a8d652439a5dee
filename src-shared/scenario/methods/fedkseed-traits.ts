/** FedKSeed: phones walk along random directions out of a small set that never changes. */
import { integer, optional } from '../rules.ts'
import { describeMethod } from './describe-method.ts'
import { localUpdate, probing, probingTraits } from './shared-keys.ts'

export const fedkseed = describeMethod({
  kind: 'fedkseed',
  title: 'FedKSeed: a few seeds',
  keys: {
    seeds: optional('Random directions there are, the same in every round', integer(1, 65_536), 4096),
    localSteps: optional('Steps of each phone per round, along one random direction each', integer(1), 10),
    ...localUpdate,
    ...probing,
  },
  traits: (method) => ({ ...probingTraits(method), ownSteps: method, directions: () => 1 }),
})
