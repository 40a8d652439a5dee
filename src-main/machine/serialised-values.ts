/**
 * Values of one process kept for a later one, as V8 serialises them. What is kept begins with V8's own mark and the number of its format; a later
 * V8 reads every earlier format, an earlier one none that is later, so the number is looked at before anything else.
 */
import { deserialize, serialize } from 'node:v8'
import { RunFailed } from '#shared/errors/run-failed.ts'

const MARK = 0xff
/** The format that this V8 writes, the newest that it reads. */
const OWN_FORMAT = serialize(null)[1]!

export const serialiseValue = (value: unknown): Uint8Array => serialize(value)

/** @param what names the value in messages @throws RunFailed with one line for a value that can't be read here */
export function deserialiseValue(bytes: Uint8Array, what: string): unknown {
  const [mark, format] = bytes
  if (mark !== MARK || format === undefined) throw new RunFailed(`${what} is damaged: it does not begin as kept values do`)
  if (format > OWN_FORMAT) {
    const here = `Node ${process.version} reads formats up to ${OWN_FORMAT}`
    throw new RunFailed(
      `${what} was kept by a newer Node, in format ${format}, and ${here}: go on with the lab that kept it, or a later one`,
    )
  }
  try {
    return deserialize(bytes)
  } catch (error) {
    throw new RunFailed(`${what} is damaged: ${(error as Error).message}`, { cause: error })
  }
}
