/** Runs one scenario of the comparison and keeps what its events tell. */
import { untilAborted } from '#main/federation/steering.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { Projection } from '#shared/events/projection.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { Resources } from '#main/machine/resources.ts'
import { runSession } from '#main/lab/run-session.ts'
import { type RunResult, runKey } from './run-result.ts'

export interface ExecutionContext {
  readonly resources: Resources
  readonly profiles: Catalogue
  readonly lab: string
  /** Aborted: the run ends after its round. */
  readonly signal: AbortSignal
}

/** @returns null if it was interrupted @throws InputError if the scenario can't be run */
export async function executeRun(scenario: Scenario, { resources, profiles, lab, signal }: ExecutionContext): Promise<RunResult | null> {
  const started = performance.now()
  const projection = new Projection()
  let failure: string | null = null
  try {
    await runSession(
      { scenario, directory: '', profiles },
      { resources, steering: untilAborted(signal), emit: (event) => void projection.add(event) },
    )
  } catch (error) {
    // A method whose steps were too long tells something; the others go on.
    if (!(error instanceof RunFailed) || projection.view.phones.length === 0) throw error
    failure = error.message
  }
  const { view } = projection
  if (view.finished?.stoppedBy === 'interrupted' || (failure !== null && signal.aborted)) return null
  const sources: Record<string, number> = {}
  for (const { source } of view.rounds) if (source !== null) sources[source] = (sources[source] ?? 0) + 1
  return {
    key: runKey(scenario, lab),
    lab,
    scenario,
    failure,
    history: view.history.map(({ round, virtualSeconds, accuracy, loss, forwardPasses, bytesDown, bytesUp }) => ({
      round,
      virtualSeconds,
      accuracy,
      loss,
      forwardPasses,
      bytesDown,
      bytesUp,
    })),
    phones: view.phones.map(({ id, idleBytes, peakBytes, forwardPasses, capHits, restarts }) => ({
      id,
      idleBytes,
      peakBytes,
      forwardPasses,
      capHits,
      restarts,
    })),
    sources,
    digest: view.finished?.digest ?? null,
    wallSeconds: (performance.now() - started) / 1000,
  }
}
