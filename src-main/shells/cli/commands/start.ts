/** `start`: the built-in quickstart, for someone who sees the lab for the first time. */
import { join } from 'node:path'
import type { Command } from '../command.ts'
import { runScenario } from './run.ts'

export const start: Command = {
  name: 'start',
  operands: [],
  options: {},
  summary: 'Runs the built-in quickstart.',
  async run(context) {
    context.stderr.write('The desktop app is not part of this version; running the built-in quickstart in the terminal.\n')
    return runScenario(context, join(context.resources.directory, 'scenarios', 'quickstart.json'), { sets: [], json: false })
  },
}
