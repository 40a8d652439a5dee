/** Finds settings under `federation` that the scenario's method or fleet can't follow. */
import { clientCount, FEWEST_MASKED, type Federation } from './federation-schema.ts'
import { phonesIn } from './fleet-schema.ts'
import { issueAt } from './issues.ts'
import type { FederationRules } from './methods/describe-method.ts'
import { METHODS, type MethodKeys, methodOfKind } from './methods/index.ts'
import { orList } from './rules.ts'

interface Combined {
  readonly federation?: Federation
  readonly method: MethodKeys
  readonly task: { readonly kind: string }
  readonly fleet: readonly { readonly count: number }[]
}

/** Returns the issues of `federation` settings that the method or the fleet can't follow. */
export function federationIssues(scenario: Combined) {
  const { federation, method, fleet } = scenario
  if (federation === undefined) return []
  const unfit = RULES.filter(({ asked, needs }) => asked(federation) && !follows(needs, scenario)).map(({ key, needs, expected }) => ({
    key,
    expected: expected(methodsThatFollow(needs)),
  }))
  return [...unfit, ...curvature(federation, method), ...tooFew(federation, phonesIn(fleet))].map(({ key, expected }) =>
    issueAt(scenario, ['federation', key], expected),
  )
}

interface Rule {
  readonly key: keyof Federation
  readonly asked: (federation: Federation) => boolean
  /** What the method must be able to do. */
  readonly needs: keyof FederationRules
  /** @param methods that can do it, by name */
  readonly expected: (methods: string) => string
}

const sums = (methods: string): string => `a method whose phones all probe the same directions: ${methods}`

const RULES: readonly Rule[] = [
  {
    key: 'elastic',
    asked: ({ elastic }) => elastic,
    needs: 'elastic',
    expected: (methods) => `false, or a method that can do with fewer probes: ${methods}`,
  },
  {
    key: 'aggregation',
    asked: ({ aggregation }) => aggregation.kind === 'buffered',
    needs: 'buffered',
    expected: (methods) =>
      `synchronous, or method ${methods}: only its directions can be made again from seeds whatever the model was then`,
  },
  {
    key: 'privacy',
    asked: ({ privacy }) => privacy?.model === 'central',
    needs: 'sums',
    expected: (methods) => `privacy.model "local", or ${sums(methods)}`,
  },
  {
    key: 'privacy',
    asked: ({ privacy }) => privacy?.model === 'local',
    needs: 'localPrivacy',
    expected: (methods) => `nothing, or a method whose phones send derivatives alone: ${methods}`,
  },
  {
    key: 'secureAggregation',
    asked: ({ secureAggregation }) => secureAggregation,
    needs: 'sums',
    expected: (methods) => `false, or ${sums(methods)}`,
  },
]

function follows(rule: keyof FederationRules, scenario: Combined): boolean {
  const how = methodOfKind(scenario.method.kind).follows[rule]
  // The method that set the condition is the one whose keys it is asked about.
  return how === true || (how?.where(scenario as never) ?? false)
}

/** e.g. "cooper, fedmezo, or decomfl with localSteps 1" */
function methodsThatFollow(rule: keyof FederationRules): string {
  const always = METHODS.filter((method) => method.follows[rule] === true).map(({ kind }) => kind)
  const sometimes = METHODS.flatMap(({ kind, follows: { [rule]: how } }) => (how && how !== true ? [`${kind} ${how.words}`] : []))
  return sometimes.length === 0 ? orList(always) : `${[...always, ''].join(', ')}or ${orList(sometimes)}`
}

/** Returns an issue if the scenario asks for Newton steps under privacy, which leaves no curvature to compute them from. */
function curvature({ privacy }: Federation, { optimiser }: MethodKeys) {
  return privacy !== undefined && optimiser === 'newton'
    ? [
        {
          key: 'privacy',
          expected: 'nothing, or method.optimiser "adam" or "sgd": what is clipped and blurred is no curvature',
        } as const,
      ]
    : []
}

/** Returns an issue if masked phones would have nobody to hide among. */
function tooFew({ secureAggregation, clientsPerRound, ...federation }: Federation, phones: number) {
  if (!secureAggregation) return []
  if (phones < FEWEST_MASKED)
    return [{ key: 'secureAggregation', expected: `false, or a fleet of at least ${FEWEST_MASKED} phones to hide among` }]
  // The draw of central privacy always takes enough phones.
  const alone =
    clientsPerRound !== undefined && federation.privacy?.model !== 'central' && clientCount(clientsPerRound, phones) < FEWEST_MASKED
  return alone ? [{ key: 'clientsPerRound', expected: `${FEWEST_MASKED} phones or more, since masks hide a phone only among others` }] : []
}
