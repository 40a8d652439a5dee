/** Refuses settings of guidance beside a method that never follows guidance. */
import type { InferOutput } from 'valibot'
import { issueAt } from './issue-at.ts'
import type { methodSchema } from './method-schema.ts'

interface Combined {
  readonly method: InferOutput<typeof methodSchema>
}

/** The issues of a scenario whose method is to do without guidance, and asks for it. */
export function guidanceIssues(scenario: Combined) {
  const { method } = scenario
  if (method.kind !== 'cooper' || method.guidance !== 'never') return []
  return [
    ...(method.randomDirections === 0
      ? [issueAt(scenario, ['method', 'randomDirections'], '1 or more with method.guidance "never", which probes nothing else')]
      : []),
    ...(method.mixing === 'hybrid'
      ? [issueAt(scenario, ['method', 'mixing'], '"switch" with method.guidance "never", which leaves nothing to mix')]
      : []),
  ]
}
