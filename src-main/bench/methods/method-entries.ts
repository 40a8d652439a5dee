/** The methods that are compared: one line each. */
import type { Scenario } from '#shared/scenario/scenario.ts'

type MethodKind = Scenario['method']['kind']

export interface MethodEntry {
  /** The name in tables: the kind, unless the same kind stands there twice. */
  readonly name: string
  readonly kind: MethodKind
  /** The settings of the scenario's `method` beside its kind, the learning rate and `common`. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Keys whose values are the same for all methods: those of the scenario under test. */
  readonly common: readonly string[]
  /** The learning rate at which the search begins: a value of `RATES`. */
  readonly startRate: number
  /** True if the method sees the public data; the results of other methods can't depend on it. */
  readonly seesPublic: boolean
  /** Zeroth-order without help of a cloud: what guidance is measured against. */
  readonly plain: boolean
  /** Forward passes a phone usually makes per round, the fewest where it varies. Without phones: those that a round counts for. */
  readonly passesPerRound: (classes: number) => number
}

const PROBING = ['batchSize', 'probe', 'probeSize', 'distribution']
const CLOUD = ['cloudBatchSize']
const none = {}

/** The grid of every method's search, ascending. */
export const RATES: readonly number[] = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3]

const PLAIN = { common: PROBING, seesPublic: false, plain: true, passesPerRound: () => 20 } as const
const GUIDED = { common: [...PROBING, ...CLOUD], seesPublic: true, plain: false, passesPerRound: () => 20 } as const

/** Two for each direction of the pool, two per class; monitors come on top now and then. */
const guidedPasses = (classes: number): number => 2 * Math.min(8, 2 * classes)

/** The control of cooper: the same steps along random directions alone. */
export const UNGUIDED = 'cooper-unguided'

const ENTRIES: readonly (Omit<MethodEntry, 'name'> & Partial<Pick<MethodEntry, 'name'>>)[] = [
  { kind: 'cooper', settings: none, startRate: 1, ...GUIDED, passesPerRound: guidedPasses },
  // It isn't plain, because its Newton steps are cooper's own, and no published rival.
  { name: UNGUIDED, kind: 'cooper', settings: { guidance: 'never' }, startRate: 1, ...PLAIN, plain: false },
  { kind: 'heimda', settings: none, startRate: 0.01, ...GUIDED },
  { kind: 'fedmezo', settings: none, startRate: 0.01, ...PLAIN },
  // The usual limit is far below the variance of an adapter's gradient, so that every round would take the most directions allowed.
  { kind: 'fwdllm', settings: { varianceLimit: 0.03 }, startRate: 0.01, ...PLAIN },
  { kind: 'fedkseed', settings: none, startRate: 0.01, ...PLAIN },
  { kind: 'decomfl', settings: none, startRate: 0.1, ...PLAIN },
  { kind: 'fedavg', settings: none, startRate: 0.1, common: ['batchSize'], seesPublic: false, plain: false, passesPerRound: () => 9 },
  { kind: 'cloud-only', settings: none, startRate: 0.01, common: CLOUD, seesPublic: true, plain: false, passesPerRound: () => 20 },
]

/** The methods in the order of tables and legends. */
export const METHOD_ENTRIES: readonly MethodEntry[] = ENTRIES.map((entry) => ({ name: entry.kind, ...entry }))
