/** All commands, in the order of the help. */
import type { Command } from '../command.ts'
import { doctor } from './doctor.ts'
import { evaluation } from './eval.ts'
import { grad } from './grad.ts'
import { run } from './run.ts'

export const commands: readonly Command[] = [run, evaluation, grad, doctor]
