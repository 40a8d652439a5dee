/** The states of the cloud's public data under which methods are compared. */
import type { Scenario } from '#shared/scenario/scenario.ts'

type PublicData = Scenario['data']['public']

export interface Condition {
  readonly name: string
  /** A clause that follows "the public data are". */
  readonly title: string
  readonly public: Partial<PublicData>
  /** True if the condition is left out unless it is asked for. */
  readonly extra?: boolean
}

export const CONDITIONS: readonly Condition[] = [
  { name: 'same', title: 'drawn like the private data', public: { condition: 'same' } },
  { name: 'label', title: 'shifted: 70 % of one class', public: { condition: 'label' } },
  { name: 'noise', title: 'with 30 % wrong labels', public: { condition: 'same', noise: 0.3 } },
  { name: 'domain', title: 'from another domain', public: { condition: 'domain' } },
  { name: 'random', title: 'with random labels', public: { condition: 'random' } },
  { name: 'flipped', title: 'with classes exchanged by an adversary', public: { condition: 'flipped' }, extra: true },
]

/** The domain condition needs rows of another domain: those of a scenario that is itself in that condition. */
export function hasOtherDomain({ data }: Scenario): boolean {
  return data.public.condition === 'domain'
}

/** The scenario's public data under a condition. A second domain that it names is there for the domain condition alone. */
export function publicUnder(condition: Condition, scenario: Scenario): PublicData {
  const given = scenario.data.public
  const { source: _source, labels: _labels, ...own } = given
  const keepsSource = condition.name === 'domain' || !hasOtherDomain(scenario)
  const { labels, ...base } = keepsSource ? given : { ...own, labels: undefined }
  // Drawn labels need no names.
  const mapped = labels === undefined || condition.name === 'random' ? {} : { labels }
  return { ...base, ...mapped, noise: 0, ...condition.public }
}
