/** How often each key, each choice and each pair of a method with a part of `federation` is among drawn trials. */
import type { Trial } from './trial.ts'

/** @param counted trials that are counted @param known more of them, which tell what could have been drawn @returns the rarest first */
export function coverage(counted: readonly Trial[], known: readonly Trial[]): (readonly [what: string, times: number])[] {
  const times = new Map<string, number>(known.flatMap((trial) => [...partsOf(trial)].map((what) => [what, 0] as const)))
  for (const trial of counted) for (const what of partsOf(trial)) times.set(what, (times.get(what) ?? 0) + 1)
  return [...times].sort(([a, n], [b, m]) => n - m || (a < b ? -1 : 1))
}

function partsOf({ scenario, check }: Trial): ReadonlySet<string> {
  const parts = new Set<string>()
  walk(scenario, '', parts)
  const { kind = 'cooper' } = scenario.method ?? {}
  const federated = [...parts].filter((part) => /^(federation\.|compression\.controller=|model\.adapter\.kind=)/.test(part))
  for (const part of [...federated, `check=${check}`]) parts.add(`${kind} with ${part}`)
  return parts.add(`check=${check}`)
}

/** Texts and flags are choices; numbers are any. */
function walk(value: unknown, path: string, parts: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) walk(item, `${path}[]`, parts)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) walk(item, path === '' ? key : `${path}.${key}`, parts)
  } else if (typeof value === 'string' || typeof value === 'boolean') parts.add(`${path}=${value}`)
  if (path !== '') parts.add(path)
}
