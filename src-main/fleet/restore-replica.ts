/** Puts a worker's replica into a saved state, piece by piece so that a small phone never holds it twice. */
import type { PhoneCommands, Restoring } from '#main/workers/commands.ts'
import type { SavedReplica } from './message-log.ts'
import type { Calls } from './worker-process.ts'

/** Values that travel at once. */
const PIECE = 65_536

/** @returns the digest of its parameters */
export async function restoreReplica(
  call: Calls<Restoring & Pick<PhoneCommands, 'receive'>>,
  { replica, directions }: SavedReplica,
): Promise<string> {
  for (const name of ['values', 'firstMoment', 'secondMoment'] as const) {
    for (let offset = 0; offset < replica[name].length; offset += PIECE) {
      await call.restorePart(name, offset, replica[name].slice(offset, offset + PIECE))
    }
  }
  const digest = await call.restore({ steps: replica.steps, last: replica.last })
  for (const direction of directions) await call.receive(direction)
  return digest
}
