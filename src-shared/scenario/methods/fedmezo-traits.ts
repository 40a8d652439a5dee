/** FedMeZO: random directions of each phone, probed at two points. */
import { integer, optional } from '../rules.ts'
import { describeMethod } from './describe-method.ts'
import { probing, probingTraits, update } from './shared-keys.ts'

export const fedmezo = describeMethod({
  kind: 'fedmezo',
  title: 'FedMeZO: plain zeroth-order',
  keys: {
    randomDirections: optional('Random directions per phone and round', integer(1), 10),
    ...update,
    ...probing,
  },
  follows: { elastic: true, buffered: true, localPrivacy: true },
  traits: (method) => ({ ...probingTraits(method), directions: () => method.randomDirections }),
})
