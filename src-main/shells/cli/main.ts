/**
 * The command line: finds the command, runs it, turns its outcome into an exit code. 0 done · 1 the run failed · 2 the input was wrong ·
 * 130 interrupted. Progress and messages go to stderr; with --json, stdout ends with one line of JSON. An error is one line, whatever it is.
 */
import { join } from 'node:path'
import { heedEndSignals } from '#main/machine/end-signals.ts'
import { sweepScratch } from '#main/machine/scratch.ts'
import { isFault } from '#shared/errors/fault.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { openFaultLog } from '#main/lab/fault-log.ts'
import { sourceResources } from '#main/machine/resources.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { surviveClosedStreams, writeFailure } from '../standard-streams.ts'
import { faultLogPath } from '../store-path.ts'
import { type CommandContext, parseCommand } from './command.ts'
import { commands } from './commands/index.ts'
import { Terminal } from './terminal.ts'

surviveClosedStreams()
heedEndSignals()
const words = process.argv.slice(2)
const context: CommandContext = {
  resources: sourceResources(join(import.meta.dirname, '..', '..', '..')),
  cwd: process.env['INIT_CWD'] ?? process.cwd(),
  stdout: new Terminal(process.stdout),
  stderr: new Terminal(process.stderr),
  faults: openFaultLog(
    faultLogPath(),
    `lab ${manifest.version}, Node ${process.version}, ${process.platform}, ${words[0] ?? 'no command'}`,
  ),
}
sweepScratch(context.resources.scratch)

/** Prints an error. @returns the exit code */
function tell(error: unknown): number {
  const line = isFault(error) ? context.faults.tell(error) : (error as Error).message
  context.stderr.write(`error: ${line}\n`)
  return error instanceof InputError ? 2 : 1
}

process.on('uncaughtException', (error) => process.exit(tell(error)))

try {
  const { command, options, operands } = parseCommand(commands, words)
  process.exitCode = await command.run(context, options, operands)
} catch (error) {
  process.exitCode = tell(error)
}

process.once('exit', (code) => {
  const failure = writeFailure()
  if (failure === null || code !== 0) return
  context.stderr.write(`error: the result could not be written (${failure.message})\n`)
  process.exitCode = 1
})
