/** Every text of the window, by its place. Another language is another object of this shape. */
import { COMMANDS, type CommandId } from '#shared/api/command-list.ts'
import { charts } from './charts.ts'
import { fleet } from './fleet-view.ts'
import { compression } from './compression-view.ts'
import { convergence } from './convergence-view.ts'
import { frame, transport } from './window-frame.ts'
import { memory } from './memory-view.ts'
import { run } from './run-view.ts'
import { schedule } from './schedule-view.ts'
import { sessions } from './sessions-view.ts'

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
