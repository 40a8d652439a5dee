/** Runs a worker's commands for the process that spawned it, over the channel it was given. */
import { IDLE } from '#shared/events/idle.ts'
import { connectPeer } from '#shared/rpc/peer.ts'
import { leaveEndToParent } from '#main/machine/end-signals.ts'
import { CAP_HIT_EXIT_CODE, isAllocationFailure } from './allocation-failure.ts'
import { HERE, asksForLife } from './are-you-there.ts'
import type { WorkerNotices } from './protocol/commands.ts'

interface ServeOptions {
  /** True if the worker answers requests for a sign of life; else its notices of work count as one. @default true */
  readonly answersForLife?: boolean
  /** True if the worker ignores signals to all processes of a terminal, such as Ctrl-C. @default true */
  readonly ignoresInterrupts?: boolean
}

/**
 * Answers commands until the host disconnects. A command that met the memory cap ends the process with CAP_HIT_EXIT_CODE, as the
 * phone's system would end the app; any other error goes back to the caller.
 */
export function serve<Commands extends object>(
  create: (notices: { doing(what: string): void }) => Commands,
  { answersForLife = true, ignoresInterrupts = true }: ServeOptions = {},
): void {
  // The host gets the signal as well, and decides when its workers end.
  if (ignoresInterrupts) leaveEndToParent()
  if (!process.send) throw new Error('a worker is started by the lab, not by hand')
  const send = process.send.bind(process)
  // Errors of sending are ignored: they mean that the host has gone, which is handled below.
  const unheard = (): void => {}
  process.stderr.on('error', unheard)
  const carrier = {
    post: (message: unknown) => send(message, undefined, undefined, unheard),
    onMessage: (listener: (message: unknown) => void) =>
      process.on('message', (message) => {
        if (!asksForLife(message)) listener(message)
        else if (answersForLife) send(HERE, undefined, undefined, unheard)
      }),
  }
  let doing: (what: string) => void = () => {}
  const commands = idleAfterwards(create({ doing: (what) => doing(what) }), () => doing(IDLE))
  const host = connectPeer<WorkerNotices, Commands>(carrier, commands, {
    answered: (error) => (isAllocationFailure(error) ? leaveAtCap(error) : error),
  })
  doing = (what) => host.tell.doing(what)
  process.on('disconnect', () => process.exit(0))
  process.on('uncaughtException', (error) => {
    if (isAllocationFailure(error)) leaveAtCap(error)
    throw error
  })
  host.tell.ready()
}

function leaveAtCap(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(CAP_HIT_EXIT_CODE)
}

/** Wraps commands to report when they are over, so that a process that ends between two commands isn't said to have been doing the first. */
function idleAfterwards<Commands extends object>(commands: Commands, idle: () => void): Commands {
  return new Proxy(commands, {
    get(target, name) {
      const command = target[name as keyof Commands]
      if (typeof command !== 'function') return command
      return async (...args: unknown[]): Promise<unknown> => {
        const result: unknown = await command.apply(target, args)
        idle()
        return result
      }
    },
  })
}
