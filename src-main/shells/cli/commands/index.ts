/** All commands, in the order of the help. */
import type { Command } from '../command.ts'
import { bench } from './bench.ts'
import { doctor } from './doctor.ts'
import { evaluation } from './eval.ts'
import { grad } from './grad.ts'
import { pretrain } from './pretrain.ts'
import { resume } from './resume.ts'
import { run } from './run.ts'
import { sessions } from './sessions.ts'
import { start } from './start.ts'

export const commands: readonly Command[] = [start, run, resume, sessions, evaluation, grad, bench, doctor, pretrain]
