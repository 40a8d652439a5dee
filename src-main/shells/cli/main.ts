/**
 * The command line: finds the command, runs it, turns its outcome into an exit code. 0 done · 1 the run failed · 2 the input was wrong ·
 * 130 interrupted. Progress and messages go to stderr; with --json, stdout ends with one line of JSON.
 */
import { join } from 'node:path'
import { heedEndSignals } from '#main/machine/end-signals.ts'
import { sweepScratch } from '#main/machine/scratch.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { sourceResources } from '#main/lab/resources.ts'
import { surviveClosedStreams, writeFailure } from '../standard-streams.ts'
import { type CommandContext, parseCommand } from './command.ts'
import { commands } from './commands/index.ts'
import { Terminal } from './terminal.ts'

surviveClosedStreams()
heedEndSignals()
const context: CommandContext = {
  resources: sourceResources(join(import.meta.dirname, '..', '..', '..')),
  cwd: process.env['INIT_CWD'] ?? process.cwd(),
  stdout: new Terminal(process.stdout),
  stderr: new Terminal(process.stderr),
}
sweepScratch(context.resources.scratch)

try {
  const { command, options, operands } = parseCommand(commands, process.argv.slice(2))
  process.exitCode = await command.run(context, options, operands)
} catch (error) {
  if (error instanceof InputError || error instanceof RunFailed) {
    context.stderr.write(`error: ${error.message}\n`)
    process.exitCode = error instanceof InputError ? 2 : 1
  } else {
    context.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exitCode = 1
  }
}

process.once('exit', (code) => {
  const failure = writeFailure()
  if (failure === null || code !== 0) return
  context.stderr.write(`error: the result could not be written (${failure.message})\n`)
  process.exitCode = 1
})
