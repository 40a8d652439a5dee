/** Tells whether a scenario's steps come from the curvature that phones measure, and how long the first step is. */
import { methodOfKind } from './methods/index.ts'
import { type Optimiser, optimiserOf } from './optimiser.ts'

interface Keys {
  readonly method: {
    readonly kind: string
    readonly optimiser?: Optimiser | undefined
    readonly learningRate?: number | undefined
  }
  readonly federation?: { readonly privacy?: unknown } | undefined
  readonly task: { readonly kind: string }
}

export function takesNewtonSteps(scenario: Keys): boolean {
  return methodOfKind(scenario.method.kind).measuresCurvature && optimiserOf(scenario) === 'newton'
}

/** Returns the learning rate of the first round: a share of the Newton step, or the step size of the optimiser. */
export function firstLearningRate(scenario: Keys): number {
  return scenario.method.learningRate ?? (takesNewtonSteps(scenario) ? 1 : 0.01)
}
