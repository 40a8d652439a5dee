/** Lists the methods, a line each, in the order in which messages and the window name them. */
import type * as v from 'valibot'
import { kinds } from '../rules.ts'
import { cloudOnly } from './cloud-only-traits.ts'
import { cooper } from './cooper-traits.ts'
import { decomfl } from './decomfl-traits.ts'
import type { FederationRules, KeyIssue, MethodTraits } from './describe-method.ts'
import { fedavg } from './fedavg-traits.ts'
import { fedkseed } from './fedkseed-traits.ts'
import { fedmezo } from './fedmezo-traits.ts'
import { fwdllm } from './fwdllm-traits.ts'
import { heimda } from './heimda-traits.ts'

const DESCRIBED = [cooper, fedmezo, heimda, fwdllm, fedkseed, decomfl, fedavg, cloudOnly] as const

type Schemas<D extends readonly { readonly schema: unknown }[]> = { readonly [I in keyof D]: D[I]['schema'] }

export const methodSchema = kinds(DESCRIBED.map(({ schema }) => schema) as unknown as Schemas<typeof DESCRIBED>)

export type MethodKeys = v.InferOutput<typeof methodSchema>

/** The method of a scenario that names none. */
export const USUAL_METHOD = cooper.kind

/** A method's description as code sees it that doesn't know the method's keys. */
interface MethodDescription {
  readonly kind: string
  readonly title: string
  readonly onPhones: boolean
  readonly measuresCurvature: boolean
  readonly follows: FederationRules
  issues(method: MethodKeys): readonly KeyIssue[]
  traits(method: MethodKeys): MethodTraits
}

export const METHODS = DESCRIBED as unknown as readonly MethodDescription[]

/** @throws where there is no such method */
export function methodOfKind(kind: string): MethodDescription {
  const found = METHODS.find((method) => method.kind === kind)
  if (!found) throw new Error(`no method ${kind}`)
  return found
}

/** Tells whether phones take part in a method. A kind that isn't known, as in a form that is being filled in, counts as one with phones. */
export function runsOnPhones(kind: string): boolean {
  return METHODS.find((method) => method.kind === kind)?.onPhones ?? true
}

export function traitsOf(method: MethodKeys): MethodTraits {
  return methodOfKind(method.kind).traits(method)
}
