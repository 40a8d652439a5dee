/** One piece of work on a disk that may fail. */
export interface Work {
  /** What is there before. */
  prepare(): void
  /** With a disk that may fail. */
  run(): void | Promise<void>
  /** With a sound disk. @param told what it threw, if it did @throws Wrong for what is wrong */
  look(told: unknown): void
}

export class Wrong extends Error {}

export function hold(condition: boolean, words: string): void {
  if (!condition) throw new Wrong(words)
}
