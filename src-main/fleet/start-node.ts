/** Starts Node in a process that can be spoken to, by itself or through a program that puts it where it can be capped. */
import { type ChildProcess, type SerializationType, spawn } from 'node:child_process'

export interface StartOptions {
  /** Words that its command follows (`CapMechanism.launcher`). @default none */
  readonly launcher?: readonly string[] | undefined
  /** @default the Node that runs this */
  readonly node?: string
  /** Options of Node. @default none */
  readonly flags?: readonly string[]
  /** @default this process's own */
  readonly env?: NodeJS.ProcessEnv
  /** @default json */
  readonly serialization?: SerializationType
}

/** @param words what it runs, e.g. an entry point and its arguments */
export function startNode(words: readonly string[], options: StartOptions = {}): ChildProcess {
  const { launcher = [], node = process.execPath, flags = [], env = process.env, serialization = 'json' } = options
  const [command, ...rest] = [...launcher, node, ...flags, ...words]
  return spawn(command!, rest, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env, serialization })
}
