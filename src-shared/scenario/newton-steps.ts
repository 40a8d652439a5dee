/** What a scenario leaves open of its steps: cooper's come from the curvature that phones measure, wherever phones may tell it. */

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

/** What privacy clips and blurs is no curvature, and the next word has too many logits to tell it from. */
export function optimiserOf({ method, federation, task }: Keys): Optimiser {
  return method.optimiser ?? (federation?.privacy === undefined && task.kind !== 'language-model' ? 'newton' : 'adam')
}

export function takesNewtonSteps(scenario: Keys): boolean {
  return scenario.method.kind === 'cooper' && optimiserOf(scenario) === 'newton'
}

/** Of the first round: the share of a Newton step, or the step size of the optimiser. */
export function firstLearningRate(scenario: Keys): number {
  return scenario.method.learningRate ?? (takesNewtonSteps(scenario) ? 1 : 0.01)
}
