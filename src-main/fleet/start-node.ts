/** Starts Node in a process that can be spoken to, by itself or through a program that puts it where it can be capped. */
import { type ChildProcess, type SerializationType, spawn } from 'node:child_process'
import { childEnvironment } from '#main/machine/child-environment.ts'

interface StartOptions {
  /** The words that Node's command is appended to (`CapMechanism.launcher`). @default none */
  readonly launcher?: readonly string[] | undefined
  /** The Node program. @default the Node that runs this */
  readonly node?: string
  /** Options of Node. @default none */
  readonly flags?: readonly string[]
  /** The environment. @default the part of this process's environment that a worker needs */
  readonly env?: NodeJS.ProcessEnv
  /** @default json */
  readonly serialization?: SerializationType
}

/** @param words the arguments of Node: an entry point and its own arguments */
export function startNode(words: readonly string[], options: StartOptions = {}): ChildProcess {
  const { launcher = [], node = process.execPath, flags = [], env = childEnvironment(), serialization = 'json' } = options
  const [command, ...rest] = [...launcher, node, ...flags, ...words]
  const child = spawn(command!, rest, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env, serialization, windowsHide: true })
  // A process that can't be started, signalled or sent to is seen to have ended; without a listener its error would end the lab.
  child.on('error', () => {})
  child.stderr?.on('error', () => {})
  endWithThis(child)
  return child
}

const running = new Set<ChildProcess>()

/** Kills the child when this process exits, since a child that is computing doesn't notice that its host has left. */
function endWithThis(child: ChildProcess): void {
  if (running.size === 0) process.on('exit', killAll)
  running.add(child)
  child.once('exit', () => {
    running.delete(child)
    if (running.size === 0) process.off('exit', killAll)
  })
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}
