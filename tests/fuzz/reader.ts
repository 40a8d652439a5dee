/** A reader under test: what it is given, and what counts as an answer. */
import type { Stream } from '../../src-shared/random/counter.ts'

export interface FuzzedReader {
  /** Valid inputs, to begin with. */
  seeds(): readonly Uint8Array[]
  /** One more or less like `input`, which may be read or not. */
  mutate(input: Uint8Array, stream: Stream): Uint8Array
  /**
   * Reads it whole. An InputError, or another refusal that `refuses` knows, is an answer as a value is.
   * @param directory empty, for files
   */
  read(input: Uint8Array, directory: string): void | Promise<void>
  /** @default InputErrors */
  readonly refuses?: (error: unknown) => boolean
  /** Called once after the last input. */
  close?(): Promise<void>
}
