/** What phones measured, and what methods make of it, by the kinds of directions, for the tests of the methods. */
import type { Aggregate, Derivative, Method, PhoneScalars, ProbedDirection, RoundPlan } from '#main/federation/methods/method.ts'
import { planInNumbers } from '#main/federation/methods/method.ts'
import type { Direction } from '#main/wire/direction.ts'

interface Measured {
  readonly guided?: readonly Derivative[]
  readonly shared?: readonly Derivative[]
  /** Along directions of the phone alone. */
  readonly random?: readonly number[]
  /** Along directions of the fixed set, by their index. */
  readonly seeds?: readonly (readonly [index: number, value: number])[]
}

export function estimatesOf(phone: number, { guided = [], shared = [], random = [], seeds = [] }: Measured): ProbedDirection[] {
  const along = <T>(list: readonly T[], of: (item: T, index: number) => ProbedDirection): ProbedDirection[] => list.map(of)
  const seeded = (owner: number | 'everybody', index: number): Direction => ({ kind: 'seeded', owner, round: 1, index })
  return [
    ...along(guided, (estimate, index) => ({ direction: { kind: 'basis', index }, ...estimate })),
    ...along(shared, (estimate, index) => ({ direction: seeded('everybody', index), ...estimate })),
    ...along(random, (value, index) => ({ direction: seeded(phone, index), value, variance: NaN })),
    ...along(seeds, ([index, value]) => ({ direction: { kind: 'from-set', index }, value, variance: NaN })),
  ]
}

export function scalars(phone: number, weight: number, random: readonly number[], more: Partial<PhoneScalars> = {}): PhoneScalars {
  return { phone, weight, rows: 16, estimates: estimatesOf(phone, { random }), ...more }
}

/** A plan in numbers, and what modifies its directions. */
function planByKinds(plan: RoundPlan) {
  const { guidance: _, directions, ...rest } = plan
  const modifiers = Object.assign({}, ...directions.map(({ kind: __, ...modifier }) => modifier)) as Record<string, unknown>
  for (const key of ['whose', 'first', 'count']) delete modifiers[key]
  return { ...planInNumbers(plan), ...rest, ...(modifiers as { layerwise?: true; projected?: true; candidates?: number; size?: number }) }
}

/** The coefficients of an update. */
function updateByKinds({ terms, ...rest }: Aggregate) {
  const own = new Map<number, number[]>()
  const guided: number[] = []
  const shared: number[] = []
  const received: number[] = []
  const seeds = new Map<number, number>()
  for (const { direction, coefficient } of terms) {
    if (direction.kind === 'basis') guided.push(coefficient)
    else if (direction.kind === 'received') received.push(coefficient)
    else if (direction.kind === 'from-set') seeds.set(direction.index, coefficient)
    else if (direction.owner === 'everybody') shared.push(coefficient)
    else own.set(direction.owner, [...(own.get(direction.owner) ?? []), coefficient])
  }
  return {
    guided,
    shared,
    random: [...own.values()],
    ...(received.length > 0 ? { received } : {}),
    ...(seeds.size > 0 ? { seeds } : {}),
    ...rest,
  }
}

export type PlanByKinds = ReturnType<typeof planByKinds>
export type UpdateByKinds = ReturnType<typeof updateByKinds>

/** The same method, its plans and updates told by kinds of directions. */
export function byKinds(method: Method) {
  return {
    plan: (round: number) => planByKinds(method.plan(round)),
    further: (reports: readonly PhoneScalars[]) =>
      method.further!(reports).reduce((sum, asked) => sum + ('count' in asked ? asked.count : 0), 0),
    aggregate(...how: Parameters<Method['aggregate']>) {
      const { aggregate, summary } = method.aggregate(...how)
      return { aggregate: updateByKinds(aggregate), summary }
    },
  }
}
