/** The trained parameters of a stored session, by the names that they have in Hugging Face models. */
import { InputError } from '#shared/errors/input-error.ts'
import { headerLength, parseHeader } from '#main/models/safetensors/header.ts'
import type { StoredReplica, StoredSession } from '#main/store/session-data.ts'

export interface SavedTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** @throws InputError if the session has no trained parameters that can be exported */
export function trainedTensors({ id, scenario }: StoredSession, checkpoint: StoredReplica | null): Map<string, SavedTensor> {
  if (checkpoint === null) {
    const why = scenario.model.adapter.kind === 'full' ? 'every weight, which is not kept' : 'nothing yet'
    throw new InputError('session', `"${id}", which has trained ${why}`, 'a session with an adapter and at least one finished round')
  }
  const bytes = new Uint8Array(checkpoint.content)
  const length = headerLength(id, bytes, bytes.length)
  const start = 8 + length
  const { tensors } = parseHeader(id, bytes.subarray(8, start), start, bytes.length - start)
  return new Map(
    [...tensors].map(([name, { shape, byteOffset, byteLength, dtype }]) => {
      if (dtype !== 'F32') throw new InputError(id, `a tensor ${name} of ${dtype}`, 'trained parameters in F32')
      return [name, { shape, data: new Float32Array(bytes.slice(byteOffset, byteOffset + byteLength).buffer) }]
    }),
  )
}
