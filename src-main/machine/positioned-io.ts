/** Whole reads and writes at a position of an open file, and system errors as messages for the user. */
import { readSync, writeSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'

/** One system call moves at most this much (Linux stops at 2 GiB - 4 KiB). */
const MAXIMUM_CALL_BYTES = 2 ** 30

/** Fills `out` from byte `position` on; InputError where the file ends before. `path` is for the message only. */
export function readFully(path: string, descriptor: number, out: Uint8Array, position: number): void {
  for (let done = 0; done < out.length;) {
    const count = readSync(descriptor, out, done, Math.min(out.length - done, MAXIMUM_CALL_BYTES), position + done)
    if (count === 0) throw new InputError(path, `end of file at byte ${position + done}`, 'a file that nobody shortens while it is read')
    done += count
  }
}

export function writeFully(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, MAXIMUM_CALL_BYTES), position + done)
  }
}

/** Runs `work`; an error of the operating system (no such file, no permission, disk full) becomes an InputError about `path`. */
export function orInputError<T>(path: string, expected: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException
    if (code === undefined || syscall === undefined) throw cause
    throw new InputError(path, code === 'ENOENT' ? 'no such file or directory' : `${code} from ${syscall}`, expected, { cause })
  }
}
