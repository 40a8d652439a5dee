/**
 * Describes a method once: its keys in the scenario, and the traits by which all other code knows it. No other code asks for a method's name.
 */
import * as v from 'valibot'
import { strict } from '../strict.ts'

/** The facts about a scenario's method that other code needs. */
export interface MethodTraits {
  /** The rows of a phone's batch; 0 if phones do nothing. */
  readonly batchSize: number
  /** How a phone learns from its rows: by losses at two points, by forward-mode differentiation, or by backpropagation. */
  readonly probe: 'two-point' | 'jvp' | 'backprop'
  /** The length of the step along a direction to each of the two points. */
  readonly probeSize: number
  readonly distribution: 'rademacher' | 'gaussian'
  /** The number of random directions of which the one most similar to the last update is probed. */
  readonly candidates: number
  /** Returns the most directions that a phone probes in one sweep. @param layers the number of layers of the model, without its head */
  directions(classes: number, layers: number): number
  /** The step sizes of methods whose phones take local steps between two rounds; null for other methods. */
  readonly ownSteps: { readonly learningRate: number; readonly serverLearningRate?: number } | null
  /** The public rows that the cloud backpropagates per round; 0 if it doesn't. */
  readonly cloudBatchSize: number
  /** Whether the cloud ever computes on public rows; else they can't change a result. */
  readonly seesPublic: boolean
  /** Whether a direction of the cloud is the gradient of the rows of a class or of the whole batch; `none` if it sends none. */
  readonly guidance: 'none' | 'class' | 'batch'
  /** Returns the number of received directions that every replica keeps. */
  poolSize(classes: number): number
}

/** The traits of a method that does nothing; a description gives those in which its method differs. */
const IDLE_TRAITS: MethodTraits = {
  batchSize: 0,
  probe: 'backprop',
  probeSize: 0,
  distribution: 'gaussian',
  candidates: 1,
  directions: () => 0,
  ownSteps: null,
  cloudBatchSize: 0,
  seesPublic: false,
  guidance: 'none',
  poolSize: () => 0,
}

/** The parts of a scenario that can decide whether its method follows a rule. */
interface RuledScenario<M> {
  readonly method: M
  readonly federation?: { readonly privacy?: unknown } | undefined
  readonly task: { readonly kind: string }
}

/** Says that a method follows a rule always, or only where a condition holds. `words` tell the condition, after the method's name. */
type Follows<M = never> = true | { readonly where: (scenario: RuledScenario<M>) => boolean; readonly words: string }

/** The rules of `federation` that a method can follow; it can't follow those that it doesn't name. */
export interface FederationRules<M = never> {
  /** The rule that a phone may probe fewer directions than the others. */
  readonly elastic?: Follows<M>
  /** The rule that directions follow from seeds alone, whatever the model was when they were probed. */
  readonly buffered?: Follows<M>
  /** The rule that all phones probe the same directions, so that the server needs no more than the sum over phones. */
  readonly sums?: Follows<M>
  /** The rule that phones send only derivatives, to which each can add noise. */
  readonly localPrivacy?: Follows<M>
}

type Keys<K extends string, E extends v.ObjectEntries> = { readonly kind: v.LiteralSchema<K, undefined> } & E
type MethodOf<K extends string, E extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<Keys<K, E>, undefined>>

export interface KeyIssue {
  readonly key: string
  readonly expected: string
}

interface Description<K extends string, E extends v.ObjectEntries> {
  readonly kind: K
  /** The method's name in the window. */
  readonly title: string
  /** Keys beside `kind`, in the order of the reference. */
  readonly keys: E
  /** Whether phones take part; without them the cloud trains alone. @default true */
  readonly onPhones?: boolean
  /** Whether phones measure how their loss bends, so that steps can be Newton steps. @default false */
  readonly measuresCurvature?: boolean
  /** Rules of `federation` that the method can follow. @default none */
  readonly follows?: FederationRules<MethodOf<K, E>>
  /** Finds keys of the method that contradict each other. @default none do */
  readonly issues?: (method: MethodOf<K, E>) => readonly KeyIssue[]
  /** Traits that differ from those of a method that does nothing. */
  readonly traits: (method: MethodOf<K, E>) => Partial<MethodTraits>
}

export function describeMethod<const K extends string, const E extends v.ObjectEntries>(description: Description<K, E>) {
  const { kind, title, keys, onPhones = true, measuresCurvature = false, follows = {}, issues = () => [], traits } = description
  const entries: Keys<K, E> = { kind: v.literal(kind), ...keys }
  return {
    kind,
    title,
    schema: strict(entries),
    onPhones,
    measuresCurvature,
    follows,
    issues,
    traits: (method: MethodOf<K, E>): MethodTraits => ({ ...IDLE_TRAITS, ...traits(method) }),
  }
}
