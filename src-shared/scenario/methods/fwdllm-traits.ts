/** FwdLLM: more and more random directions until they agree, each the most like the last update. */
import { integer, optional, positive } from '../rules.ts'
import { describeMethod } from './describe-method.ts'
import { probing, probingTraits, update } from './shared-keys.ts'

export const fwdllm = describeMethod({
  kind: 'fwdllm',
  title: 'FwdLLM: until they agree',
  keys: {
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
  },
  traits: (method) => ({
    ...probingTraits(method),
    candidates: method.candidates,
    directions: () => method.randomDirections,
  }),
})
