/**
 * Thrown if something that the user gave is wrong: a scenario, a file, an option. Shells print it as one line and exit with code 2. Faults of the lab
 * itself go with their stack into a log, and are reported in one line (fault.ts).
 */
export class InputError extends Error {
  /** The file, path in the scenario or option that is wrong, e.g. `train.tsv:12` or `method.kind`. */
  readonly where: string
  /** The short phrase that says what was found. */
  readonly found: string
  /** The short phrase that says what would have been right, and what to do if that is not obvious. */
  readonly expected: string

  constructor(where: string, found: string, expected: string, options?: ErrorOptions) {
    super(`${where.replace(/\s*[\r\n\u2028\u2029]\s*/g, ' ')}: ${oneLine(found)}; expected ${oneLine(expected)}`, options)
    this.name = 'InputError'
    this.where = where
    this.found = oneLine(found)
    this.expected = oneLine(expected)
  }
}

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  return flat.length > 300 ? `${flat.slice(0, 297)}...` : flat
}
