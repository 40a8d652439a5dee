/** Reads the app's command line, from `npm start` or by hand: where the lab keeps and finds things, and what to open. */
import { resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { filesIn } from './opened-files.ts'

/** The parsed command line; its paths are absolute. */
export interface StartWords {
  /** The window begins with it; null: the quickstart. */
  readonly scenario: string | null
  readonly store: string | null
  /** The folder that holds `data` and `models`. */
  readonly data: string | null
  /** The files to open once the window is there. */
  readonly files: readonly string[]
  /** True to try everything once and end. */
  readonly smoke: boolean
}

const WITH_VALUE = ['scenario', 'store', 'data'] as const

/**
 * Options that are none of these are Chromium's.
 * @param words after the program and, in a checkout, its folder @param cwd that relative paths are relative to
 * @throws InputError for an option without its value
 */
export function startWords(words: readonly string[], cwd: string): StartWords {
  const left = [...words]
  const values: Partial<Record<(typeof WITH_VALUE)[number], string>> = {}
  const others: string[] = []
  let smoke = false
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [, name, given] = /^--(\w+)(?:=(.*))?$/s.exec(word) ?? []
    const option = WITH_VALUE.find((known) => known === name)
    if (option !== undefined) {
      const value = given ?? left.shift()
      if (value === undefined || value === '' || value.startsWith('--'))
        throw new InputError(`--${option}`, 'nothing after it', option === 'data' ? 'a folder' : 'a file')
      values[option] = resolve(cwd, value)
    } else if (name === 'smoke') smoke = true
    else others.push(word)
  }
  const { scenario = null, store = null, data = null } = values
  return { scenario, store, data, files: filesIn(others, cwd), smoke }
}

/** The same for the command line of `npm start`. */
export function asWords({ scenario, store, data, files, smoke }: StartWords): string[] {
  return [
    ...Object.entries({ scenario, store, data }).flatMap(([name, value]) => (value === null ? [] : [`--${name}`, value])),
    ...(smoke ? ['--smoke'] : []),
    ...files,
  ]
}
