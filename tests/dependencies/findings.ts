/** The answer of `npm audit --json` in a few words. https://docs.npmjs.com/cli/commands/npm-audit */

export interface Finding {
  readonly name: string
  readonly severity: string
  /** Versions that have it. */
  readonly range: string
  readonly title: string
}

interface Answer {
  readonly message?: string
  readonly vulnerabilities?: Readonly<
    Record<string, Omit<Finding, 'title'> & { readonly via: readonly (string | { readonly title: string })[] }>
  >
}

/** @returns a clause where there is no answer */
export function findings(answer: string): readonly Finding[] | string {
  let parsed: Answer
  try {
    parsed = JSON.parse(answer) as Answer
  } catch {
    return 'its answer is no JSON'
  }
  if (parsed.vulnerabilities === undefined) return parsed.message ?? 'its answer has no list'
  return Object.values(parsed.vulnerabilities).map(({ name, severity, range, via }) => ({
    name,
    severity,
    range,
    title: via.map((cause) => (typeof cause === 'string' ? `through ${cause}` : cause.title)).join('; '),
  }))
}
