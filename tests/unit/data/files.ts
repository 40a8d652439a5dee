/** Tables in files of their own, in a folder that is removed after the tests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readExamples, type ExampleSource } from '#main/data/read-table.ts'
import { InputError } from '#shared/errors/input-error.ts'

export class TestFiles {
  readonly root = mkdtempSync(join(tmpdir(), 'tables-'))
  private count = 0

  /** Writes a file and returns its path. */
  file(name: string, content: string | Uint8Array, folder = String(this.count++)): string {
    const path = join(this.root, folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  /** Writes files into one folder and returns its path. */
  folder(files: Readonly<Record<string, string | Uint8Array>>): string {
    const name = String(this.count++)
    mkdirSync(join(this.root, name))
    for (const [file, content] of Object.entries(files)) this.file(file, content, name)
    return join(this.root, name)
  }

  remove(): void {
    rmSync(this.root, { recursive: true })
  }
}

/** The line that reading ends with. */
export function refusal(source: ExampleSource): string {
  try {
    readExamples(source)
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  throw new Error(`${source.path} was read`)
}
