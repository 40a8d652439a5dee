/** The whole numbers of an update frame: which random directions its coefficients belong to. */

export interface UpdatePlan {
  /** Random directions of each phone. */
  readonly perPhone: number
  /** Random directions that all phones share; their coefficients come first. */
  readonly shared: number
  /** Whether the random directions have no part in the guided subspace. */
  readonly project: boolean
  /** Indices of the phones whose directions follow, in the order of the coefficients. */
  readonly phones: readonly number[]
}

export function encodePlan({ perPhone, shared, project, phones }: UpdatePlan): number[] {
  return [perPhone, shared, project ? 1 : 0, ...phones]
}

export function decodePlan([perPhone = 0, shared = 0, project = 0, ...phones]: readonly number[]): UpdatePlan {
  return { perPhone, shared, project: project === 1, phones }
}
