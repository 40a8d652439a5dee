/**
 * Decides the step settings that a scenario leaves open: cooper takes Newton steps from the curvature that phones measure, wherever phones may report
 * it.
 */

export type Optimiser = 'newton' | 'adam' | 'sgd'

interface Keys {
  readonly method: {
    readonly kind: string
    readonly optimiser?: Optimiser | undefined
    readonly learningRate?: number | undefined
  }
  readonly federation?: { readonly privacy?: unknown } | undefined
  readonly task: { readonly kind: string }
}

/**
 * Newton steps are ruled out where privacy clips and blurs the measured curvature, and for next-word tasks, which have too many logits to measure it
 * from.
 */
export function optimiserOf({ method, federation, task }: Keys): Optimiser {
  return method.optimiser ?? (federation?.privacy === undefined && task.kind !== 'language-model' ? 'newton' : 'adam')
}

export function takesNewtonSteps(scenario: Keys): boolean {
  return scenario.method.kind === 'cooper' && optimiserOf(scenario) === 'newton'
}

/** The learning rate of the first round: a share of the Newton step, or the step size of the optimiser. */
export function firstLearningRate(scenario: Keys): number {
  return scenario.method.learningRate ?? (takesNewtonSteps(scenario) ? 1 : 0.01)
}
