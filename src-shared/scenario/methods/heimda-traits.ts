/** HeimdaLLM: each random direction is probed together with a mixture of the cloud's last gradients. */
import { integer, optional, share } from '../rules.ts'
import { describeMethod } from './describe-method.ts'
import { cloudBatchSize, probing, probingTraits, update } from './shared-keys.ts'

export const heimda = describeMethod({
  kind: 'heimda',
  title: 'HeimdaLLM: as published',
  keys: {
    randomDirections: optional('Random directions per phone and round, each probed together with a guided one', integer(1), 10),
    poolSize: optional('Cloud gradients kept, newest first', integer(1, 8), 4),
    cloudWeight: optional("Weight of the cloud's gradient in the update; the phones' estimate has the rest", share(), 0.5),
    ...update,
    ...probing,
    cloudBatchSize,
  },
  traits: (method) => ({
    ...probingTraits(method),
    cloudBatchSize: method.cloudBatchSize,
    seesPublic: true,
    guidance: 'batch',
    poolSize: () => method.poolSize,
    directions: () => method.randomDirections,
  }),
})
