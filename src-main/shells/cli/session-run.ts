/** The part that `run` and `resume` share: progress while a session runs, Ctrl-C between rounds, and the files written when it is over. */
import { resolve } from 'node:path'
import { SessionFault, isFault } from '#shared/errors/fault.ts'
import type { MachineForecast } from '#shared/api/lab-api.ts'
import { EMPTY_VIEW, Projection, type SessionView } from '#shared/events/projection.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { summarise } from '#shared/events/summary.ts'
import { onEndSignal } from '#main/machine/end-signals.ts'
import { untilAborted } from '#main/federation/steering.ts'
import type { Steering } from '#main/federation/steering.ts'
import { perfettoTrace } from '#main/lab/export/perfetto-trace.ts'
import { metricsFile } from '#main/lab/export/metrics-file.ts'
import { checkWritable, writeWhole } from '#main/machine/whole-file.ts'
import type { CommandContext } from './command.ts'
import { Progress } from './progress.ts'
import { report } from './report.ts'

export interface SessionRunOptions {
  readonly json: boolean
  /** Files that are written beside the report, if any: the session's Perfetto trace, its measurements as CSV. */
  readonly trace?: string | undefined
  readonly metrics?: string | undefined
}

/** The earlier part of a session that is resumed. */
interface Before {
  readonly view: SessionView
  /** The earlier events, if a trace is wanted. */
  readonly events: readonly LabEvent[]
}

export const NOTHING_BEFORE: Before = { view: EMPTY_VIEW, events: [] }

interface SessionRun {
  readonly emit: (event: LabEvent) => void
  readonly steering: Steering
  readonly onForecast: (forecast: MachineForecast) => void
  readonly onWorkerFault: (what: string, detail: string) => void
}

const BEFORE_IT_BEGAN = new RunFailed('interrupted while the files were read; nothing was computed')

/** @param before of a session that goes on @param run the session, until it is over @returns the exit code */
export async function runToEnd(
  { cwd, stdout, stderr, faults }: CommandContext,
  { json, trace, metrics }: SessionRunOptions,
  { view: from, events: before }: Before,
  run: (how: SessionRun) => Promise<void>,
): Promise<number> {
  const [traceTo, metricsTo] = [trace, metrics].map((file) => (file === undefined ? null : resolve(cwd, file)))
  for (const file of [traceTo, metricsTo]) if (file) checkWritable(file)
  const events = [...before]
  const shown = new Projection(from)
  const progress = new Progress(stderr)
  const interrupt = new AbortController()
  const done = onEndSignal(() => {
    interrupt.abort(BEFORE_IT_BEGAN)
    stderr.write('\nstopping after this round; once more to stop at once\n')
  })
  try {
    await run({
      steering: untilAborted(interrupt.signal),
      emit: (event) => {
        if (traceTo) events.push(event)
        progress.show(event, shown.add(event).view)
      },
      onForecast: ({ words, advice }) => void stderr.write(`${words}${advice === null ? '' : `; ${advice}`}\n`),
      onWorkerFault: (what, detail) => faults.note(what, detail),
    })
  } catch (error) {
    const { session } = shown.view
    if (error !== BEFORE_IT_BEGAN) throw session !== '' && isFault(error) ? new SessionFault(session, error) : error
    stderr.write(`${BEFORE_IT_BEGAN.message}\n`)
    return 130
  } finally {
    done()
  }
  const { view } = shown
  if (traceTo) writeWhole(traceTo, perfettoTrace(events))
  if (metricsTo) writeWhole(metricsTo, metricsFile(metricsTo, view))
  return tell(view)

  function tell(over: SessionView): number {
    const summary = summarise(over)
    stdout.write(json ? `${JSON.stringify(summary)}\n` : report(summary))
    return summary.stoppedBy === 'interrupted' ? 130 : 0
  }
}
