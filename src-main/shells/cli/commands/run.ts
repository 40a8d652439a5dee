/** `run SCENARIO`: one session, headless, with progress. */
import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { Projection } from '#shared/events/projection.ts'
import { summarise } from '#shared/events/summary.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { untilAborted } from '#main/federation/steering.ts'
import { metricsCsv } from '#main/lab/export/metrics.ts'
import { perfettoTrace } from '#main/lab/export/perfetto-trace.ts'
import { loadScenario } from '#main/lab/load-scenario.ts'
import { recordSession } from '#main/lab/recorded-session.ts'
import { runSession } from '#main/lab/run-session.ts'
import { checkWritable, writeWhole } from '#main/lab/whole-file.ts'
import { openStoreThread } from '#main/store/store-thread.ts'
import type { Command, CommandContext } from '../command.ts'
import { Progress } from '../progress.ts'
import { report } from '../report.ts'

export const run: Command = {
  name: 'run',
  operands: ['SCENARIO'],
  options: {
    set: { type: 'string', multiple: true, value: 'path=value' },
    store: { type: 'string', value: 'FILE' },
    trace: { type: 'string', value: 'FILE' },
    metrics: { type: 'string', value: 'FILE.csv' },
    json: { type: 'boolean' },
  },
  summary: 'Runs a scenario on emulated phones and prints what came of it.',
  async run(context, options, [scenario]) {
    const sets = (options['set'] as string[] | undefined) ?? []
    const { store, trace, metrics } = options as { store?: string; trace?: string; metrics?: string }
    return runScenario(context, scenario!, { sets, json: options['json'] === true, store, trace, metrics })
  },
}

export interface RunOptions {
  readonly sets: readonly string[]
  readonly json: boolean
  /** Files that are written beside the report, if any: the session's store, its Perfetto trace, its measurements as CSV. */
  readonly store?: string | undefined
  readonly trace?: string | undefined
  readonly metrics?: string | undefined
}

/** @returns the exit code */
export async function runScenario(context: CommandContext, path: string, options: RunOptions): Promise<number> {
  const { sets, json, store: storePath } = options
  const { resources, cwd, stdout, stderr } = context
  const loaded = loadScenario(path, sets, cwd, resources.directory)
  const phones = loaded.scenario.fleet.reduce((sum, { count }) => sum + count, 0)
  stderr.write(`reading the data, starting ${phones} phones …\n`)
  const [traceFile, metricsFile] = [options.trace, options.metrics].map((file) => (file === undefined ? null : resolve(cwd, file)))
  for (const file of [traceFile, metricsFile]) if (file) checkWritable(file)
  const events: LabEvent[] = []
  const storeFile = storePath === undefined ? null : resolve(cwd, storePath)
  const newStore = storeFile !== null && !existsSync(storeFile)
  const store =
    storeFile === null ? null : await openStoreThread(resources.storeWorker, { path: storeFile, chosen: true, mustExist: false })
  const progress = new Progress(stderr)
  const interrupt = new AbortController()
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort()
    stderr.write('\nstopping after this round; once more to stop at once\n')
  }
  process.on('SIGINT', onSignal)
  const shown = new Projection()
  const emit = (event: LabEvent): void => {
    if (traceFile) events.push(event)
    progress.show(event, shown.add(event).view)
  }
  try {
    const how = { resources, emit, steering: untilAborted(interrupt.signal) }
    await (store ? recordSession(loaded, { ...how, store }) : runSession(loaded, how))
  } catch (error) {
    await store?.close()
    // Nothing was computed, so nothing is left: also not the file that was made for it.
    if (error instanceof InputError && newStore) for (const part of ['', '-wal', '-shm']) rmSync(storeFile + part, { force: true })
    throw error
  } finally {
    process.off('SIGINT', onSignal)
    await store?.close()
  }
  if (traceFile) writeWhole(traceFile, perfettoTrace(events))
  if (metricsFile) writeWhole(metricsFile, metricsCsv(shown.view))
  const summary = summarise(shown.view)
  stdout.write(json ? `${JSON.stringify(summary)}\n` : report(summary))
  return summary.stoppedBy === 'interrupted' ? 130 : 0
}
