/** The summary of a run that `run --json` prints: a contract with other programs. */
import type { SessionData } from './data-report.ts'
import type { Measurement, SessionView } from './projection.ts'

export interface RunSummary {
  readonly session: string
  readonly method: string
  readonly seed: number
  readonly rounds: number
  readonly stoppedBy: string
  readonly finalAccuracy: number | null
  readonly finalLoss: number | null
  readonly bestAccuracy: number | null
  /** The measurement at which the target was first reached. Passes and bytes are totals over the fleet. */
  readonly target: Omit<Measurement, 'loss'> | null
  readonly virtualSeconds: number
  readonly wallSeconds: number
  readonly devices: readonly {
    readonly id: string
    readonly profile: string
    readonly cap: { readonly bytes: number; readonly mechanism: string; readonly enforced: boolean }
    readonly idleBytes: number
    readonly peakBytes: number
    readonly forwardPasses: number
    readonly bytesUp: number
    readonly bytesDown: number
    readonly capHits: number
    readonly restarts: number
    /** The reason for the last early end of the phone's process; null if there was none. */
    readonly lastEnd: string | null
  }[]
  /** The number of processes that played the phones in turns; absent if each phone had its own. */
  readonly processes?: number
  /** The differential privacy spent; absent if the scenario asks for none. */
  readonly privacy?: { readonly epsilon: number; readonly delta: number }
  /** The number of answers that did not count, by reason; absent if all counted. */
  readonly skipped?: SessionView['skipped']
  /** The decisions about columns, classes and rows before anything was computed. */
  readonly data?: SessionData
  readonly digest: string
  readonly history: readonly Measurement[]
}

/** @throws if the session is not finished */
export function summarise(view: SessionView): RunSummary {
  if (!view.finished) throw new Error(`session ${view.session} is not finished`)
  const last = view.history.at(-1)
  return {
    session: view.session,
    method: view.method,
    seed: view.seed,
    rounds: view.round,
    stoppedBy: view.finished.stoppedBy,
    finalAccuracy: last?.accuracy ?? null,
    finalLoss: last?.loss ?? null,
    bestAccuracy: view.history.reduce<number | null>((best, { accuracy }) => Math.max(best ?? 0, accuracy), null),
    target: view.target && {
      round: view.target.round,
      virtualSeconds: view.target.virtualSeconds,
      accuracy: view.target.accuracy,
      forwardPasses: view.target.forwardPasses,
      bytesDown: view.target.bytesDown,
      bytesUp: view.target.bytesUp,
    },
    virtualSeconds: view.virtualSeconds,
    wallSeconds: view.finished.wallSeconds,
    devices: view.phones.map(
      ({ id, profile, cap, idleBytes, peakBytes, forwardPasses, bytesUp, bytesDown, capHits, restarts, lastEnd }) => ({
        id,
        profile,
        cap,
        idleBytes,
        peakBytes,
        forwardPasses,
        bytesUp,
        bytesDown,
        capHits,
        restarts,
        lastEnd,
      }),
    ),
    ...(view.processes === undefined ? {} : { processes: view.processes }),
    ...(view.privacy ? { privacy: view.privacy } : {}),
    ...(Object.keys(view.skipped).length > 0 ? { skipped: view.skipped } : {}),
    ...(view.data ? { data: view.data } : {}),
    digest: view.finished.digest,
    history: view.history,
  }
}
