/** Refuses settings that don't fit the scenario's task. */
import type { InferOutput } from 'valibot'
import type { dataSchema } from './data-schema.ts'
import { issueAt } from './issue-at.ts'
import type { modelSchema } from './model-schema.ts'
import type { taskSchema } from './task-schema.ts'

interface Combined {
  readonly task: InferOutput<typeof taskSchema>
  readonly model: InferOutput<typeof modelSchema>
  readonly data: InferOutput<typeof dataSchema>
  readonly method: { readonly optimiser?: string | undefined }
}

/** The issues of a scenario whose task asks for what its model or data can't give. */
export function taskIssues(scenario: Combined) {
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
