/** All commands, in the order of the help. */
import type { CliCommand } from '../command.ts'
import { bench } from './bench.ts'
import { calibrate } from './calibrate.ts'
import { compare } from './compare.ts'
import { doctor } from './doctor.ts'
import { evaluation } from './eval.ts'
import { exportCommand } from './export.ts'
import { grad } from './grad.ts'
import { importCommand } from './import.ts'
import { inspect } from './inspect.ts'
import { note } from './note.ts'
import { pretrain } from './pretrain.ts'
import { remove } from './remove.ts'
import { replay } from './replay.ts'
import { resume } from './resume.ts'
import { run } from './run.ts'
import { sessions } from './sessions.ts'
import { start } from './start.ts'

export const commands: readonly CliCommand[] = [
  start,
  run,
  resume,
  replay,
  sessions,
  compare,
  exportCommand,
  importCommand,
  note,
  remove,
  evaluation,
  grad,
  inspect,
  bench,
  calibrate,
  doctor,
  pretrain,
]
