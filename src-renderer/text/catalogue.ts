/** Every text of the window, by where it stands. Another language is another object of this shape. */
import { COMMANDS, type CommandId } from '#shared/api/commands.ts'
import { charts } from './charts.ts'
import { fleet } from './fleet.ts'
import { convergence } from './convergence.ts'
import { frame, transport } from './frame.ts'
import { run } from './run.ts'
import { schedule } from './schedule.ts'
import { sessions } from './sessions.ts'

export const text = {
  frame,
  transport,
  run,
  fleet,
  sessions,
  charts,
  schedule,
  convergence,
  commands: Object.fromEntries(COMMANDS.map(({ id, title }) => [id, title])) as Record<CommandId, string>,
}
