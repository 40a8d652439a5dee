/**
 * Values that a schema takes, drawn with fast-check by walking the schema itself, so that a key is drawn from the day it is in the schema. Where a
 * schema says too little (any text, say) or the right values depend on other keys, a domain gives them; a key that has neither is an error.
 */
import fc from 'fast-check'

export interface Domain {
  /** What is drawn in place of what the schema alone would give; null: the key is never given. @default the schema's own */
  readonly values?: fc.Arbitrary<unknown> | null
  /** Why the schema alone doesn't do. */
  readonly why: string
  /** How often an optional key is given: every time, five times in six, every second, one time in four, or in eight. @default 'sometimes' */
  readonly given?: 'always' | 'mostly' | 'sometimes' | 'occasionally' | 'rarely'
  /** Of an object of one of several kinds: how often each is drawn. @default 1 each */
  readonly kinds?: Readonly<Record<string, number>>
  /** Of an object: the keys that `values` speaks for. The others are walked as ever. @default all */
  readonly covers?: readonly string[]
}

/** By path: `fleet[].count`, `method.batchSize`, or `method(cooper).batchSize` for one kind of several. */
export type Domains = ReadonlyMap<string, Domain>

/** What of a valibot schema the walk looks at. */
interface Node {
  readonly type: string
  readonly entries?: Readonly<Record<string, Node>>
  readonly wrapped?: Node
  readonly item?: Node
  readonly options?: readonly unknown[]
  readonly literal?: unknown
  readonly default?: unknown
  readonly pipe?: readonly Step[]
}

interface Step {
  readonly type: string
  readonly requirement?: unknown
  readonly metadata?: Readonly<Record<string, unknown>>
}

const ABSENT = Symbol('absent')
/** Weights of leaving an optional key out and of giving it. */
const WEIGHTS = { always: [0, 1], mostly: [1, 5], sometimes: [1, 1], occasionally: [3, 1], rarely: [7, 1] } as const
/** So many elements a list has at most. */
const LONGEST_LIST = 3

export class Undrawable extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}; give it a domain, with the reason`)
  }
}

/** @throws Undrawable for a part of the schema that the walk can't draw and no domain gives */
export function arbitraryOf(schema: unknown, domains: Domains): fc.Arbitrary<unknown> {
  const used = new Set<string>()
  const walk = new Walk(domains, used)
  const arbitrary = walk.values(schema as Node, '', undefined)
  const idle = [...domains.keys()].filter((path) => !used.has(path))
  if (idle.length > 0) throw new Error(`domains of no key of the schema: ${idle.join(', ')}`)
  return arbitrary
}

class Walk {
  private readonly domains: Domains
  private readonly used: Set<string>

  constructor(domains: Domains, used: Set<string>) {
    this.domains = domains
    this.used = used
  }

  /** @param fallback what the key is when it is left out */
  values(node: Node, path: string, fallback: unknown): fc.Arbitrary<unknown> {
    const domain = this.domainOf(path)
    if (domain?.values && !(domain.covers && node.entries)) return domain.values
    switch (node.type) {
      case 'strict_object':
        return this.object(node.entries!, path, domain)
      case 'variant':
        return fc.oneof(
          { withCrossShrink: true },
          ...(node.options as Node[]).map((option) => ({
            weight: domain?.kinds?.[kindOf(option)] ?? 1,
            arbitrary: this.values(option, `${path}(${kindOf(option)})`, undefined),
          })),
        )
      case 'union':
        return fc.oneof({ withCrossShrink: true }, ...(node.options as Node[]).map((option) => this.values(option, path, fallback)))
      case 'nullable':
        return fc.oneof(
          { withCrossShrink: true },
          { weight: 1, arbitrary: fc.constant(null) },
          { weight: 7, arbitrary: this.values(node.wrapped!, path, fallback) },
        )
      case 'array':
        return this.list(node, path)
      case 'picklist':
        return fc.constantFrom(...node.options!)
      case 'literal':
        return fc.constant(node.literal)
      case 'boolean':
        return fc.boolean()
      case 'number':
        return numbers(node.pipe ?? [], fallback)
      default:
        throw new Undrawable(path, `the walk can't draw a ${node.type}`)
    }
  }

  private object(entries: Readonly<Record<string, Node>>, path: string, domain: Domain | undefined): fc.Arbitrary<unknown> {
    const covered = new Set(domain?.covers)
    const unknown = [...covered].find((key) => !Object.hasOwn(entries, key))
    if (unknown !== undefined) throw new Error(`the domain of ${path} covers ${unknown}, which is no key of it`)
    const keys = Object.keys(entries).filter((key) => !covered.has(key))
    const parts = keys.map((key) => this.entry(entries[key]!, path === '' ? key : `${path}.${key}`))
    return fc.tuple(domain?.values ?? fc.constant({}), ...parts).map(([given, ...values]) => ({
      ...(given as object),
      ...Object.fromEntries(keys.flatMap((key, i) => (values[i] === ABSENT ? [] : [[key, values[i]]]))),
    }))
  }

  private entry(node: Node, path: string): fc.Arbitrary<unknown> {
    const domain = this.domainOf(path)
    const optional = node.type === 'exact_optional'
    if (domain?.values === null) {
      if (!optional) throw new Error(`${path} can't be left out`)
      return fc.constant(ABSENT)
    }
    if (!optional) return this.values(node, path, undefined)
    const values = this.values(node.wrapped!, path, node.default)
    const [out, given] = WEIGHTS[domain?.given ?? 'sometimes']
    if (out === 0) return values
    return fc.oneof({ withCrossShrink: true }, { weight: out, arbitrary: fc.constant(ABSENT) }, { weight: given, arbitrary: values })
  }

  private list(node: Node, path: string): fc.Arbitrary<unknown> {
    const steps = node.pipe ?? []
    const item = this.values(node.item!, `${path}[]`, undefined)
    const bounds = { minLength: steps.some(({ type }) => type === 'non_empty') ? 1 : 0, maxLength: LONGEST_LIST, size: 'max' } as const
    return steps.some(({ metadata }) => metadata?.['uniqueItems'] === true) ? fc.uniqueArray(item, bounds) : fc.array(item, bounds)
  }

  /** Of the path itself, or of the same key in any kind. */
  private domainOf(path: string): Domain | undefined {
    const found = [path, path.replaceAll(/\([^)]*\)/g, '')].find((name) => this.domains.has(name))
    if (found === undefined) return undefined
    this.used.add(found)
    return this.domains.get(found)
  }
}

function kindOf({ entries }: Node): string {
  let kind = entries!['kind']!
  while (kind.wrapped) kind = kind.wrapped
  return String(kind.literal)
}

/**
 * Within the schema's bounds, and small, since sizes cost time: whole numbers up to the default or a few above the least, others around the default or,
 * without one, around 1.
 */
function numbers(steps: readonly Step[], fallback: unknown): fc.Arbitrary<number> {
  const bound = (type: string): number | undefined => steps.find((step) => step.type === type)?.requirement as number | undefined
  const [least, above, most, below] = ['min_value', 'gt_value', 'max_value', 'lt_value'].map(bound)
  const usual = typeof fallback === 'number' ? fallback : undefined
  if (steps.some(({ type }) => type === 'safe_integer' || type === 'integer')) {
    const from = least ?? (above ?? -1) + 1
    return fc.integer({ min: from, max: Math.min(most ?? Infinity, Math.max(usual ?? from + 3, from + 1)) })
  }
  const from = least ?? above ?? 0
  const to = most ?? below
  const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)
  if (to !== undefined) {
    const inside = (value: number): boolean => value > (above ?? -Infinity) && value < (below ?? Infinity)
    return share.map((at) => from + at * (to - from)).filter(inside)
  }
  const around = fc.integer({ min: -8, max: 8 }).map((octave) => (usual || 1) * 2 ** (octave / 4))
  return above === undefined
    ? fc.oneof({ withCrossShrink: true }, { weight: 1, arbitrary: fc.constant(from) }, { weight: 3, arbitrary: around })
    : around
}
