/** Finds settings that are right by themselves and contradict each other: with the task, with training every weight, within a method. */
import type { InferOutput } from 'valibot'
import type { dataSchema } from './data-schema.ts'
import { issueAt } from './issues.ts'
import type { modelSchema } from './model-schema.ts'
import type { taskSchema } from './task-schema.ts'
import { type MethodKeys, traitsOf, methodOfKind } from './methods/index.ts'

interface TaskKeys {
  readonly task: InferOutput<typeof taskSchema>
  readonly model: InferOutput<typeof modelSchema>
  readonly data: InferOutput<typeof dataSchema>
  readonly method: { readonly optimiser?: string | undefined }
}

/** Returns the issues of a scenario whose task asks for what its model or data can't give. */
export function taskIssues(scenario: TaskKeys) {
  const { task, model, data, method } = scenario
  const issues = []
  if (task.kind !== 'classification' && model.adapter.kind === 'full') {
    const expected = `"lora", "bitfit" or "bottleneck" with task.kind "${task.kind}", whose output matrix would be trained as well`
    issues.push(issueAt(scenario, ['model', 'adapter', 'kind'], expected))
  }
  if (task.kind !== 'language-model' && data.train.label === null) {
    issues.push(issueAt(scenario, ['data', 'train', 'label'], `a column, since task.kind "${task.kind}" learns labels`))
  }
  if (task.template?.includes('{pair}') && data.train.pair === undefined) {
    issues.push(issueAt(scenario, ['data', 'train', 'pair'], 'a column for {pair} of task.template'))
  }
  if (task.kind === 'language-model' && method.optimiser === 'newton') {
    issues.push(
      issueAt(scenario, ['method', 'optimiser'], '"adam" or "sgd", since the next word has too many logits to tell curvature from'),
    )
  }
  return issues
}

interface TrainedKeys {
  readonly model: InferOutput<typeof modelSchema>
  readonly method: MethodKeys
}

const WITH_FULL = 'with model.adapter.kind "full"'

const RULES: readonly {
  keys: readonly string[]
  unfit: (scenario: TrainedKeys) => boolean
  expected: (scenario: TrainedKeys) => string
}[] = [
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

/** Returns the issues of a scenario that trains every weight: phones can't do what would need more than one copy of the weights. */
export function fullParameterIssues(scenario: TrainedKeys) {
  if (scenario.model.adapter.kind !== 'full') return []
  return RULES.filter(({ unfit }) => unfit(scenario)).map(({ keys, expected }) => issueAt(scenario, keys, expected(scenario)))
}

/** Returns the issues of keys of a method that contradict each other. */
export function methodIssues(scenario: { readonly method: MethodKeys }) {
  const { method } = scenario
  return methodOfKind(method.kind)
    .issues(method)
    .map(({ key, expected }) => issueAt(scenario, ['method', key], expected))
}
