/** Long computations written as generators: run to their end at once, or a few milliseconds at a time so that others get their turn. */
import { setImmediate } from 'node:timers/promises'

/** A window that waits for an answer doesn't notice as much. */
const TURN_MILLISECONDS = 10

export function atOnce<T>(computation: Generator<void, T>): T {
  for (;;) {
    const step = computation.next()
    if (step.done) return step.value
  }
}

/** What it gives doesn't depend on how often others had their turn. */
export async function inTurns<T>(computation: Generator<void, T>): Promise<T> {
  let began = performance.now()
  for (;;) {
    const step = computation.next()
    if (step.done) return step.value
    if (performance.now() - began < TURN_MILLISECONDS) continue
    await setImmediate()
    began = performance.now()
  }
}
