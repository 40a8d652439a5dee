/** The files opened last, newest first, for the menu and for the system's own list. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { writeWhole } from './settings-file.ts'

const MOST = 10
const kept = v.pipe(v.array(v.string()), v.maxLength(MOST))

export class RecentFiles {
  private readonly file: string
  private readonly onChange: () => void
  private paths: readonly string[]

  /** @param file that keeps the list; without it the list lasts as long as the app */
  constructor(file: string, onChange: () => void) {
    this.file = file
    this.onChange = onChange
    this.paths = readList(file)
  }

  get list(): readonly string[] {
    return this.paths
  }

  add(path: string): void {
    this.keep([path, ...this.paths.filter((other) => other !== path)].slice(0, MOST))
  }

  /** Removes a file that no longer exists. */
  drop(path: string): void {
    if (this.paths.includes(path)) this.keep(this.paths.filter((other) => other !== path))
  }

  clear(): void {
    this.keep([])
  }

  private keep(paths: readonly string[]): void {
    this.paths = paths
    writeWhole(this.file, paths, 'the list of recent files')
    this.onChange()
  }
}

function readList(file: string): readonly string[] {
  try {
    return v.parse(kept, JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return []
  }
}
