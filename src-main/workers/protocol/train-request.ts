/** A round's order to a phone that trains by itself, and the steps it takes. */

export interface LocalSteps {
  readonly steps: number
  readonly learningRate: number
}

/** Steps of backpropagation on the phone. */
export interface TrainRequest extends LocalSteps {
  readonly round: number
  /** Per value of the difference that is sent. */
  readonly bits: number
}
