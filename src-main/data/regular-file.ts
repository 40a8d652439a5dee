/**
 * Opens files of others without waiting: a named pipe or a device in a file's place would block the lab for ever, even if it was put there a moment
 * ago.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'

/** Opens without waiting for the other end of a pipe. Windows has no such pipes and lacks the flag. */
const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** @returns a descriptor to read from @throws InputError for what is no regular file, or the system's error */
export function openRegular(path: string, expected: string): number {
  const descriptor = openSync(path, WITHOUT_WAITING)
  const status = fstatSync(descriptor)
  if (status.isFile()) return descriptor
  closeSync(descriptor)
  throw new InputError(path, status.isDirectory() ? 'a directory' : 'not a regular file', expected)
}

/** @param mostBytes @default any number @throws InputError for what is no regular file or too large, or the system's error */
export function readRegular(path: string, expected: string, mostBytes = Infinity): Buffer {
  const descriptor = openRegular(path, expected)
  try {
    const { size } = fstatSync(descriptor)
    if (size > mostBytes) throw new InputError(path, `a file of ${size} bytes`, `${expected}, at most ${mostBytes} bytes`)
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
