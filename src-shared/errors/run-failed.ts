/**
 * Thrown if a run can't go on for a reason that is no bug of the lab: every phone met its cap, or the cloud role's process died. Shells print it as one
 * line and exit with code 1.
 */
export class RunFailed extends Error {
  /** True if a fault of the lab lies behind it, such as a worker that crashed. */
  readonly isFault: boolean

  constructor(message: string, { isFault = false, ...options }: ErrorOptions & { readonly isFault?: boolean } = {}) {
    super(message.replace(/\s+/g, ' ').trim(), options)
    this.name = 'RunFailed'
    this.isFault = isFault
  }
}
