/** Refuses keys of a method that contradict each other. */
import { issueAt } from './issue-at.ts'
import { type MethodKeys, methodOfKind } from './methods/index.ts'

export function methodIssues(scenario: { readonly method: MethodKeys }) {
  const { method } = scenario
  return methodOfKind(method.kind)
    .issues(method)
    .map(({ key, expected }) => issueAt(scenario, ['method', key], expected))
}
