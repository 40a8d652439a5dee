/** What a federated method decides: what a round asks of cloud and phones, and what the server makes of the answers. Pure logic. */

/** What a round needs. */
export interface RoundPlan {
  /** The cloud computes and sends new directions. */
  readonly guidance: boolean
  /** Phones probe along the guided basis. */
  readonly guided: boolean
  /** Random directions of each phone alone. */
  readonly random: number
  /** Random directions shared by all phones. */
  readonly shared: number
  /** Random directions have no part in the guided subspace. */
  readonly project: boolean
}

/** A directional derivative of a phone's private loss on its batch. */
export interface Derivative {
  readonly value: number
  /** Variance that the choice of the batch's rows gives it: s^2 over the rows / their number. */
  readonly variance: number
}

/** What one phone measured. */
export interface PhoneScalars {
  readonly phone: number
  /** Its share of the private rows of all phones that answered; the shares add up to 1. */
  readonly weight: number
  readonly guided: readonly Derivative[]
  readonly shared: readonly Derivative[]
  readonly random: readonly number[]
}

/** The update every replica applies: ghat = sum_k guided[k] u_k + sum shared[j] z_j + sum_i sum_j random[i][j] z_ij. */
export interface Aggregate {
  readonly guided: readonly number[]
  readonly shared: readonly number[]
  /** One list per report, in the order of the reports. */
  readonly random: readonly (readonly number[])[]
}

/** What a method chose between and why, for the view; all numbers measured in this run. */
export interface Rectification {
  readonly source: 'guided' | 'random' | 'hybrid'
  /** Expected decrease of the loss per forward pass, up to the step length; null before it was measured. */
  readonly guidedEnergy: number | null
  readonly randomEnergy: number | null
}

export interface Method {
  plan(round: number): RoundPlan
  /**
   * @param reports of the phones that answered, by index, at least one
   * @param parameters d
   */
  aggregate(round: number, reports: readonly PhoneScalars[], parameters: number): { aggregate: Aggregate; rectification: Rectification }
}
