/** FedAvg: phones backpropagate and send what they changed. */
import { choice, integer, optional } from '../rules.ts'
import { describeMethod } from './describe-method.ts'
import { batchSize, localUpdate } from './shared-keys.ts'

export const fedavg = describeMethod({
  kind: 'fedavg',
  title: 'FedAvg: backpropagation',
  keys: {
    localSteps: optional('Backpropagation steps of each phone per round', integer(1), 5),
    ...localUpdate,
    batchSize,
    bits: optional('Bits per value of the parameter differences, both ways', choice([1, 2, 3, 4, 6, 8, 16, 32]), 32),
  },
  traits: (method) => ({
    batchSize: method.batchSize,
    ownSteps: method,
    // The pool holds the averaged change until it is applied.
    poolSize: () => 1,
  }),
})
