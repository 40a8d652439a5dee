/** `run SCENARIO`: one session, headless, with progress. */
import { EMPTY_VIEW, project } from '#shared/events/projection.ts'
import { summarise } from '#shared/events/summary.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { loadScenario } from '#main/lab/load-scenario.ts'
import { runSession } from '#main/lab/run-session.ts'
import type { Command, CommandContext } from '../command.ts'
import { Progress } from '../progress.ts'
import { report } from '../report.ts'

export const run: Command = {
  name: 'run',
  operands: ['SCENARIO'],
  options: {
    set: { type: 'string', multiple: true, value: 'path=value' },
    json: { type: 'boolean' },
  },
  summary: 'Runs a scenario on emulated phones and prints what came of it.',
  async run(context, options, [scenario]) {
    return runScenario(context, scenario!, (options['set'] as string[] | undefined) ?? [], options['json'] === true)
  },
}

/** @returns the exit code */
export async function runScenario(context: CommandContext, path: string, sets: readonly string[], json: boolean): Promise<number> {
  const { resources, cwd, stdout, stderr } = context
  const loaded = loadScenario(path, sets, cwd, resources.directory)
  const progress = new Progress(stderr)
  const interrupt = new AbortController()
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort()
    stderr.write('\nstopping after this round; once more to stop at once\n')
  }
  process.on('SIGINT', onSignal)
  let view = EMPTY_VIEW
  const emit = (event: LabEvent): void => {
    view = project(view, event)
    progress.show(event, view)
  }
  try {
    await runSession(loaded, { resources, emit, signal: interrupt.signal })
  } finally {
    process.off('SIGINT', onSignal)
  }
  const summary = summarise(view)
  stdout.write(json ? `${JSON.stringify(summary)}\n` : report(summary))
  return summary.stoppedBy === 'interrupted' ? 130 : 0
}
