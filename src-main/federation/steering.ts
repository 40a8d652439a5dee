/** The interface through which somebody steers a run between its rounds: holding it, ending it, changing its phones' numbers. */
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'

export interface PhoneChange {
  readonly phone: number
  readonly change: PhoneOverrides
  /** True if an earlier run's event tells the change: the other phones of its cell have events of their own. @default the link changes for the whole cell */
  readonly told?: boolean
}

export interface Steering {
  /** Called before every round; a paused run waits here. @returns the changes that hold from this round on */
  beforeRound(round: number): Promise<readonly PhoneChange[]>
  /** Called between rounds. @returns whether the run ends here */
  interrupted(): boolean
  /** Aborted when the run is to end, so that long work before its first round can stop. @default that work is never stopped */
  readonly signal?: AbortSignal | undefined
}

/** Steering that changes nothing and ends the run after the round in which the signal is aborted. */
export function untilAborted(signal: AbortSignal): Steering {
  return { beforeRound: async () => [], interrupted: () => signal.aborted, signal }
}

/** Steering that repeats the changes of an earlier run, each before the same round as then. */
export function withChanges(changes: readonly (PhoneChange & { readonly round: number })[], steering: Steering): Steering {
  return {
    beforeRound: async (round) => [
      ...changes.flatMap((made) => (made.round === round ? [{ phone: made.phone, change: made.change, told: true }] : [])),
      ...(await steering.beforeRound(round)),
    ],
    interrupted: () => steering.interrupted(),
    signal: steering.signal,
  }
}
