/** The trust region of one step: how long the step may be, what decrease it promised, and what the previous step achieved. For the window. */
export interface Trust {
  /** Length that the guided part of the step could have had. */
  readonly radius: number
  /** The length of the guided part of the step; 0 if the step was taken back. */
  readonly length: number
  /** Decrease of the loss, nats, that the step promises. */
  readonly promised: number
  /** Decrease that the steps since the anchor brought, by what phones told in this round, with its standard error; null where nobody looked. */
  readonly actual: { readonly value: number; readonly error: number } | null
  /** The steps since the anchor raised the loss, or risked enough and brought nothing, and are undone, in place of a step. */
  readonly takenBack: boolean
}
