/** Runs one controller and keeps what each round computed and sent and the accuracy it led to, so that the run can be timed on any trace. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { untilAborted } from '#main/federation/steering.ts'
import { recordedAmounts } from '#main/timeline/recorded-round.ts'
import type { RoundAmounts } from '#main/timeline/round-work.ts'
import type { GuidanceFallback } from '#shared/events/bits-choice.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { Resources } from '#main/machine/resources.ts'
import { runSession } from '#main/lab/run-session.ts'
import { writeWhole } from '#main/machine/whole-file.ts'

interface LearnedRound {
  readonly amounts: RoundAmounts
  readonly startSeconds: number
  readonly endSeconds: number
  readonly exposedSeconds: number
  readonly accuracy: number
  /** Per layer; empty in a round without guidance. */
  readonly bits: readonly number[]
  readonly fallback: GuidanceFallback['kind'] | null
}

export interface LearningRun {
  readonly key: string
  readonly digest: string | null
  readonly rounds: readonly LearnedRound[]
}

interface LearningContext {
  readonly resources: Resources
  readonly profiles: Catalogue
  readonly signal: AbortSignal
  /** The folder in which runs are kept. */
  readonly directory: string
  readonly lab: string
}

/** The run on file, else a new one. @returns null if it was interrupted */
export async function learningRun(scenario: Scenario, context: LearningContext): Promise<LearningRun | null> {
  const { lab, directory, resources, profiles, signal } = context
  const key = createHash('sha256')
    .update(JSON.stringify([lab, scenario]))
    .digest('hex')
    .slice(0, 24)
  const path = join(directory, `${key}.json`)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as LearningRun
  const rounds: LearnedRound[] = []
  let digest: string | null = null
  let interrupted = false
  let bits: readonly number[] = []
  let fallback: LearnedRound['fallback'] = null
  let scheduled: Omit<LearnedRound, 'accuracy'> | null = null
  await runSession(
    { scenario, directory: '', profiles },
    {
      resources,
      steering: untilAborted(signal),
      emit: (event) => {
        if (event.kind === 'round-started') [bits, fallback] = [[], null]
        else if (event.kind === 'bits-chosen') [bits, fallback] = [event.bits, event.fallback?.kind ?? null]
        else if (event.kind === 'round-scheduled') {
          const { startSeconds, endSeconds, metrics } = event
          scheduled = {
            amounts: recordedAmounts(event)!,
            startSeconds,
            endSeconds,
            exposedSeconds: metrics!.exposedSeconds,
            bits,
            fallback,
          }
        } else if (event.kind === 'evaluated' && scheduled) {
          rounds.push({ ...scheduled, accuracy: event.accuracy })
          scheduled = null
        } else if (event.kind === 'session-finished') {
          digest = event.digest
          interrupted = event.stoppedBy === 'interrupted'
        }
      },
    },
  ).catch((error: unknown) => {
    // Steps of a broken direction may lead nowhere; what was learned until then counts.
    if (!(error instanceof RunFailed) || rounds.length === 0) throw error
  })
  if (interrupted || signal.aborted) return null
  const run = { key, digest, rounds }
  writeWhole(path, `${JSON.stringify(run)}\n`)
  return run
}
