/** The methods that are compared: one line each. */
import * as v from 'valibot'
import { methodOfKind, methodSchema, traitsOf } from '#shared/scenario/methods/index.ts'
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

/** The grid of every method's search, ascending. */
export const RATES: readonly number[] = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3]

/** The control of cooper: the same steps along random directions alone. */
export const UNGUIDED = 'cooper-unguided'

type Line = Pick<MethodEntry, 'kind' | 'startRate'> & Partial<Pick<MethodEntry, 'name' | 'settings' | 'passesPerRound'>>

const LINES: readonly Line[] = [
  // Two for each direction of the pool; monitors come on top now and then.
  { kind: 'cooper', startRate: 1, passesPerRound: (classes) => 2 * traitsOf(methodWith('cooper', {})).poolSize(classes) },
  { name: UNGUIDED, kind: 'cooper', settings: { guidance: 'never' }, startRate: 1 },
  { kind: 'heimda', startRate: 0.01 },
  { kind: 'fedmezo', startRate: 0.01 },
  // The usual limit is far below the variance of an adapter's gradient, so that every round would take the most directions allowed.
  { kind: 'fwdllm', settings: { varianceLimit: 0.03 }, startRate: 0.01 },
  { kind: 'fedkseed', startRate: 0.01 },
  { kind: 'decomfl', startRate: 0.1 },
  { kind: 'fedavg', startRate: 0.1, passesPerRound: () => 9 },
  { kind: 'cloud-only', startRate: 0.01 },
]

/** The methods in the order of tables and legends. */
export const METHOD_ENTRIES: readonly MethodEntry[] = LINES.map(
  ({ kind, name = kind, settings = {}, startRate, passesPerRound = () => 20 }) => {
    const method = methodWith(kind, settings)
    const { seesPublic, probe } = traitsOf(method)
    const shared = ['batchSize', 'probe', 'probeSize', 'distribution', ...(seesPublic ? ['cloudBatchSize'] : [])]
    return {
      name,
      kind,
      settings,
      common: shared.filter((key) => key in method),
      startRate,
      seesPublic,
      // Newton steps are cooper's own, and no published rival.
      plain: probe !== 'backprop' && !seesPublic && !methodOfKind(kind).measuresCurvature,
      passesPerRound,
    }
  },
)

/** A method with some settings, and the usual value of every other key. */
function methodWith(kind: MethodKind, settings: MethodEntry['settings']) {
  return v.parse(methodSchema, { kind, ...settings })
}
