/** Decides the optimiser that a scenario leaves open. */

export type Optimiser = 'newton' | 'adam' | 'sgd'

interface Keys {
  readonly method: { readonly optimiser?: Optimiser | undefined }
  readonly federation?: { readonly privacy?: unknown } | undefined
  readonly task: { readonly kind: string }
}

/**
 * Newton steps are ruled out where privacy clips the measured curvature and adds noise to it, and for next-word tasks, which have too many logits to
 * measure it from.
 */
export function optimiserOf({ method, federation, task }: Keys): Optimiser {
  return method.optimiser ?? (federation?.privacy === undefined && task.kind !== 'language-model' ? 'newton' : 'adam')
}
