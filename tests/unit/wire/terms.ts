/** Terms of updates by their kind, for tests that make updates. */
import type { Direction, Owner, Term } from '#main/wire/direction.ts'
import { type Anchor, writeUpdate } from '#main/wire/update-frame.ts'

type Modifiers = Pick<Direction, 'layerwise' | 'projected'>

const terms = (coefficients: ArrayLike<number>, of: (index: number) => Direction): Term[] =>
  Array.from(coefficients, (coefficient, index) => ({ direction: of(index), coefficient }))

export const alongBasis = (coefficients: ArrayLike<number>, modifiers: Modifiers = {}): Term[] =>
  terms(coefficients, (index) => ({ kind: 'basis', index, ...modifiers }))

export const received = (coefficients: ArrayLike<number>): Term[] => terms(coefficients, (index) => ({ kind: 'received', index }))

export const seeded = (
  owner: Owner,
  round: number,
  coefficients: ArrayLike<number>,
  modifiers: Modifiers & { candidates?: number } = {},
): Term[] => terms(coefficients, (index) => ({ kind: 'seeded', owner, round, index, ...modifiers }))

export const fromSet = (seeds: readonly number[], coefficients: ArrayLike<number>): Term[] =>
  terms(coefficients, (i) => ({ kind: 'from-set', index: seeds[i]! }))

export const updateBytes = (round: number, learningRate: number, all: readonly Term[], anchor: Anchor = 'moves'): Uint8Array =>
  writeUpdate({ round, sequence: 0, learningRate, anchor, terms: all })
