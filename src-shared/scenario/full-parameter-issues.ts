/** Refuses what phones can't do when they train every weight: whatever would need more than one copy of the weights. */
import type { InferOutput } from 'valibot'
import { issueAt } from './issue-at.ts'
import { type MethodKeys, traitsOf } from './methods/index.ts'
import type { modelSchema } from './model-schema.ts'

interface Combined {
  readonly model: InferOutput<typeof modelSchema>
  readonly method: MethodKeys
}

const WITH_FULL = 'with model.adapter.kind "full"'

const RULES: readonly { keys: readonly string[]; unfit: (scenario: Combined) => boolean; expected: (scenario: Combined) => string }[] = [
  {
    keys: ['model', 'adapter', 'kind'],
    // Refuses methods in which the cloud backpropagates on public rows or every phone backpropagates.
    unfit: ({ method }) => traitsOf(method).cloudBatchSize > 0 || traitsOf(method).probe === 'backprop',
    expected: ({ method }) =>
      `"lora", "bitfit" or "bottleneck" with method.kind "${method.kind}", whose gradients would each be a second model`,
  },
  {
    keys: ['method', 'probe'],
    unfit: ({ method }) => traitsOf(method).probe === 'jvp',
    expected: () => `"two-point" ${WITH_FULL}, since a tangent of every weight would be a second model`,
  },
  {
    keys: ['method', 'optimiser'],
    unfit: ({ method }) => method.optimiser === 'adam',
    expected: () => `"sgd" ${WITH_FULL}, since Adam's moments would be two more files of the model's size on every phone`,
  },
  {
    keys: ['method', 'candidates'],
    unfit: ({ method }) => traitsOf(method).candidates > 1,
    expected: () => `1 ${WITH_FULL}, since phones keep no last update to compare with`,
  },
  {
    keys: ['model', 'weights'],
    unfit: ({ model }) => model.weights !== 'fp32',
    expected: () => `"fp32" ${WITH_FULL}, since no weight is frozen`,
  },
]

/** The issues of a scenario that trains every weight. */
export function fullParameterIssues(scenario: Combined) {
  if (scenario.model.adapter.kind !== 'full') return []
  return RULES.filter(({ unfit }) => unfit(scenario)).map(({ keys, expected }) => issueAt(scenario, keys, expected(scenario)))
}
