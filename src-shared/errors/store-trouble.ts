import { RunFailed } from './run-failed.ts'

/** Thrown if a sound store can't be used now: its disk is full or gone, or another process holds it. The failed call changed nothing. */
export class StoreTrouble extends RunFailed {
  readonly file: string
  /** The reason in SQLite's own words. */
  readonly reason: string
  /** True if the change may have been made all the same. */
  readonly uncertain: boolean

  constructor(file: string, reason: string, { uncertain = false, ...options }: ErrorOptions & { readonly uncertain?: boolean } = {}) {
    const outcome = uncertain ? 'the disk did not confirm the last change, which is there as a whole or not at all' : 'nothing was changed'
    super(`${file}: ${reason}; ${outcome}, try again once the file can be used`, options)
    this.name = 'StoreTrouble'
    this.file = file
    this.reason = reason
    this.uncertain = uncertain
  }
}
