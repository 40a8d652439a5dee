/**
 * Checks that an open store is still the file at its path: writes to a removed or replaced file are lost when the process ends, and SQLite doesn't
 * report them.
 */
import { statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { StoreTrouble } from '#shared/errors/store-trouble.ts'

interface Identity {
  readonly dev: number
  readonly ino: number
}

export class OwnFile {
  private readonly path: string
  /** The file's identity; null for a store in memory. */
  private readonly own: Identity | null

  constructor({ name, memory }: Database) {
    this.path = name
    this.own = memory ? null : identityOf(name)
  }

  /** @throws StoreTrouble if the file is gone or another one */
  check(): void {
    if (this.own === null) return
    const found = identityOf(this.path)
    if (found?.dev === this.own.dev && found.ino === this.own.ino) return
    throw new StoreTrouble(this.path, found ? 'another file has taken its place' : 'the file is not there any more')
  }
}

function identityOf(path: string): Identity | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch {
    // The drive may be gone, or the folder closed to this user.
    return null
  }
}
