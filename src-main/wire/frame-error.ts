/** Thrown for a message that can't be read: it is truncated, corrupted, of another version or larger than allowed. The receiver drops it and says why. */
export class FrameError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FrameError'
  }
}
