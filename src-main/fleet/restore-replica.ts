/** Puts a worker's replica into a saved state, piece by piece so that a small phone never holds it twice. */
import type { Remote } from '#shared/rpc/peer.ts'
import type { PhoneCommands, Restoring } from '#main/workers/protocol/commands.ts'
import { STATE_VECTORS } from '#main/training/replica.ts'
import type { SavedReplica } from './message-log.ts'

/** The number of values in one message. */
const PIECE = 65_536

/** @returns the digest of its parameters */
export async function restoreReplica(
  call: Remote<Restoring & Pick<PhoneCommands, 'receive'>>,
  { replica, directions }: SavedReplica,
): Promise<string> {
  for (const name of STATE_VECTORS) {
    // The states of older sessions lack some vectors.
    const vector = replica[name] ?? new Float32Array(0)
    for (let offset = 0; offset < vector.length; offset += PIECE) {
      await call.restorePart(name, offset, vector.slice(offset, offset + PIECE))
    }
  }
  const digest = await call.restore({ steps: replica.steps, last: replica.last })
  for (const direction of directions) await call.receive(direction)
  return digest
}
