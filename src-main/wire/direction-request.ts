/**
 * Directions as a phone is asked to probe them. All phones are asked alike, so that some directions can be named only by the phone, or by whoever
 * has read its answer: those that are its own, those that it draws, and those of the basis, whose number follows from what its pool spans.
 */
import type { AnswerForm } from './derivatives.ts'
import type { Direction, Owner } from './direction.ts'

export type DirectionRequest =
  | (Pick<Direction, 'layerwise'> & { readonly kind: 'basis' })
  | (SeededModifiers & { readonly kind: 'seeded'; readonly whose: 'everybody' | 'own'; readonly first: number; readonly count: number })
  | (Pick<Direction, 'projected' | 'layerwise'> & { readonly kind: 'from-set'; readonly count: number; readonly size: number })

type SeededModifiers = Pick<Direction, 'layerwise' | 'projected' | 'mixture'> & { readonly candidates?: number }

/** The whole basis. @param layerwise that of each layer's part of the pool alone */
export function basis(layerwise = false): DirectionRequest {
  return { kind: 'basis', ...(layerwise ? { layerwise } : {}) }
}

/** Random directions that all phones probe. */
export function shared(count: number, modifiers: SeededModifiers = {}): DirectionRequest {
  return { kind: 'seeded', whose: 'everybody', first: 0, count, ...modifiers }
}

/** Random directions of each phone alone. @param first index of the first, where those before it were asked for earlier in the round */
export function own(count: number, modifiers: SeededModifiers = {}, first = 0): DirectionRequest {
  return { kind: 'seeded', whose: 'own', first, count, ...modifiers }
}

/** Random directions that each phone draws out of a set of `size` that is the same in every round. */
export function drawn(count: number, size: number): DirectionRequest {
  return { kind: 'from-set', count, size }
}

/** What names the directions of a request one by one. */
interface Naming {
  readonly round: number
  readonly phone: number
  /** Directions in the basis. */
  readonly basisSize: (layerwise: boolean) => number
  /** Those that the phone drew out of the set. */
  readonly drawn: readonly number[]
}

/** In the order asked. */
export function namedDirections(requests: readonly DirectionRequest[], { round, phone, basisSize, drawn: chosen }: Naming): Direction[] {
  return requests.flatMap((request): Direction[] => {
    switch (request.kind) {
      case 'basis':
        return Array.from({ length: basisSize(request.layerwise ?? false) }, (_, index) => ({ ...request, index }))
      case 'seeded': {
        const { whose, first, count, ...modifiers } = request
        const owner: Owner = whose === 'own' ? phone : whose
        return Array.from({ length: count }, (_, i) => ({ ...modifiers, owner, round, index: first + i }))
      }
      case 'from-set': {
        const { count: _, size: __, ...modifiers } = request
        return chosen.map((index) => ({ ...modifiers, index }))
      }
    }
  })
}

/** How many directions are asked for beside the basis, and how many of them each phone probes alone. */
export function directionCounts(requests: readonly DirectionRequest[]): {
  readonly counted: number
  readonly alone: number
  readonly drawn: number
} {
  const sum = (of: (request: DirectionRequest) => boolean): number =>
    requests.reduce((total, request) => total + (request.kind !== 'basis' && of(request) ? request.count : 0), 0)
  const isDrawn = ({ kind }: DirectionRequest): boolean => kind === 'from-set'
  const isOwn = (request: DirectionRequest): boolean => request.kind === 'seeded' && request.whose === 'own'
  return { counted: sum(() => true), alone: sum((request) => isOwn(request) || isDrawn(request)), drawn: sum(isDrawn) }
}

/** The basis that is asked for, if it is. */
export function basisAsked(requests: readonly DirectionRequest[]): { readonly layerwise: boolean } | null {
  const asked = requests.find(({ kind }) => kind === 'basis')
  return asked ? { layerwise: asked.layerwise ?? false } : null
}

/** What tells how a phone's numbers are to be read. */
interface AskedForm {
  readonly directions: readonly DirectionRequest[]
  /** Present where the phone moves between its measurements. */
  readonly local?: unknown
  readonly curvature?: boolean
  readonly review?: boolean
}

/** How the numbers of an answer are to be read. */
export function answerForm({ directions, local, curvature = false, review = false }: AskedForm): AnswerForm {
  const { counted, alone, drawn: chosen } = directionCounts(directions)
  // Where the phone moves between its measurements, their spread says nothing.
  return { alone: local ? counted : alone, curvature, review, drawn: chosen }
}
