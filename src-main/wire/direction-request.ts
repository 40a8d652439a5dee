/**
 * Requests for directions to probe. All phones get the same request, so only the phone, or whoever has read its answer, can name some directions: those
 * that are the phone's own, those that it draws, and those of the basis, whose number depends on what its pool spans.
 */
import type { AnswerForm } from './derivatives.ts'
import type { Direction, Owner } from './direction.ts'

export type DirectionRequest =
  | (Pick<Direction, 'layerwise'> & { readonly kind: 'basis' })
  | (SeededModifiers & { readonly kind: 'seeded'; readonly whose: 'everybody' | 'own'; readonly first: number; readonly count: number })
  | (Pick<Direction, 'projected' | 'layerwise'> & { readonly kind: 'from-set'; readonly count: number; readonly size: number })

type SeededModifiers = Pick<Direction, 'layerwise' | 'projected' | 'mixture'> & { readonly candidates?: number }

/** Requests the whole basis. @param layerwise a basis for each layer, spanned by that layer's part of the pool alone */
export function basis(layerwise = false): DirectionRequest {
  return { kind: 'basis', ...(layerwise ? { layerwise } : {}) }
}

/** Requests random directions that all phones probe. */
export function shared(count: number, modifiers: SeededModifiers = {}): DirectionRequest {
  return { kind: 'seeded', whose: 'everybody', first: 0, count, ...modifiers }
}

/** Requests random directions that differ from phone to phone. @param first the index of the first; earlier ones were asked for before in the round */
export function own(count: number, modifiers: SeededModifiers = {}, first = 0): DirectionRequest {
  return { kind: 'seeded', whose: 'own', first, count, ...modifiers }
}

/** Requests random directions that each phone draws out of a set of `size`, which is the same in every round. */
export function drawn(count: number, size: number): DirectionRequest {
  return { kind: 'from-set', count, size }
}

/** The facts needed to name the directions of a request one by one. */
interface Naming {
  readonly round: number
  readonly phone: number
  /** Returns the number of directions in the basis. */
  readonly basisSize: (layerwise: boolean) => number
  /** The indices of the directions that the phone drew out of the set. */
  readonly drawn: readonly number[]
}

/** Names the directions of a request, in the order asked. */
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

/** Counts the directions that are asked for beside the basis, and those of them that each phone probes alone. */
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

/** Returns the request for the basis; null if there is none. */
export function basisAsked(requests: readonly DirectionRequest[]): { readonly layerwise: boolean } | null {
  const asked = requests.find(({ kind }) => kind === 'basis')
  return asked ? { layerwise: asked.layerwise ?? false } : null
}

/** The part of a round's request that decides the layout of an answer. */
interface AskedForm {
  readonly directions: readonly DirectionRequest[]
  /** Present where the phone takes steps between its measurements. */
  readonly local?: unknown
  readonly curvature?: boolean
  readonly review?: boolean
}

/** Returns the layout of the numbers of an answer. */
export function answerForm({ directions, local, curvature = false, review = false }: AskedForm): AnswerForm {
  const { counted, alone, drawn: chosen } = directionCounts(directions)
  // Measurements between which the phone takes steps have no meaningful spread.
  return { alone: local ? counted : alone, curvature, review, drawn: chosen }
}
