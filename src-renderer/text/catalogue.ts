/** Every text of the window, by its place. Another language is another object of this shape. */
import { COMMANDS, type CommandId } from '#shared/api/command-list.ts'
import { charts } from './charts.ts'
import { fleet } from './fleet.ts'
import { compression } from './compression.ts'
import { convergence } from './convergence.ts'
import { frame, transport } from './frame.ts'
import { memory } from './memory.ts'
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
  compression,
  convergence,
  memory,
  commands: Object.fromEntries(COMMANDS.map(({ id, title }) => [id, title])) as Record<CommandId, string>,
}
