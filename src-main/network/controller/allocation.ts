/**
 * Allocates bits to layers that are sent one after the other over one link, each before its deadline:
 *
 *     minimise  sum_l sensitivity_l * error(bits_l)      subject to  for all l: sum_{j <= l} bytes_j <= budget_l       (prefix deadlines)
 *
 * with the relative squared error of the codec, which is about 4^-bits. Each further bit saves less than the one before, so a greedy ascent
 * by error saved per byte is close to the optimum. If its error may be above the optimum by more than `TOLERANCE`, a search looks for a better one
 * (`allocation-search.ts`).
 */
import { type Bits, RELATIVE_ERROR } from '#main/wire/quantise.ts'
import { type Problem, errorOf, searchBelow, slackBytes, stepValue } from './allocation-search.ts'

interface Choice {
  readonly bits: Bits
  readonly bytes: number
}

export interface AllocationLayer {
  readonly sensitivity: number
  /** The bytes that may have been sent by the end of this layer. */
  readonly budgetBytes: number
  /** The layer's choices, ascending in bits and bytes; the first is the least that the layer gets. */
  readonly choices: readonly Choice[]
}

export function quantisationError(sensitivity: number, bits: Bits): number {
  return sensitivity * RELATIVE_ERROR[bits]
}

/** The largest accepted distance from the optimum, as a share of it. */
const TOLERANCE = 0.015

/** @returns the index of the choice of each layer; a layer that misses its deadline even at the least bits gets these */
export function allocate(layers: readonly AllocationLayer[]): number[] {
  const problem = problemOf(layers)
  const greedy = layers.map(() => 0)
  ascend(problem, greedy)
  return searchBelow(problem, (1 - TOLERANCE) * errorOf(problem, greedy)) ?? greedy
}

/** Allocates like `allocate`, by the greedy ascent alone, which is mostly within a few per cent of the optimum. */
export function roughly(layers: readonly AllocationLayer[]): number[] {
  const chosen = layers.map(() => 0)
  ascend(problemOf(layers), chosen)
  return chosen
}

/** Returns true if layer `index` can take its next choice while it and all later layers still meet their deadlines. */
export function canRaise(layers: readonly AllocationLayer[], chosen: readonly number[], index: number): boolean {
  const problem = problemOf(layers)
  const [bytes, level] = [problem.bytes[index]!, chosen[index]!]
  return level + 1 < bytes.length && bytes[level + 1]! - bytes[level]! <= slackBytes(problem, chosen)[index]!
}

/** Returns the bytes sent by the end of each layer. */
export function prefixBytes(layers: readonly AllocationLayer[], chosen: readonly number[]): number[] {
  let sent = 0
  return layers.map((layer, index) => (sent += layer.choices[chosen[index]!]!.bytes))
}

function problemOf(layers: readonly AllocationLayer[]): Problem {
  let least = 0
  return {
    // A deadline that can't be met even at the least binds only the layers up to it.
    budgets: layers.map(({ budgetBytes, choices }) => Math.max(budgetBytes, (least += choices[0]!.bytes))),
    bytes: layers.map(({ choices }) => choices.map((choice) => choice.bytes)),
    errors: layers.map(({ choices, sensitivity }) => choices.map(({ bits }) => quantisationError(sensitivity, bits))),
  }
}

/** Raises one layer after another, by error saved per byte, while deadlines allow. */
function ascend(problem: Problem, chosen: number[]): void {
  const { bytes } = problem
  for (;;) {
    const slack = slackBytes(problem, chosen)
    let best = -1
    let bestValue = -1
    for (let l = 0; l < chosen.length; l++) {
      const level = chosen[l]!
      if (level + 1 === bytes[l]!.length || bytes[l]![level + 1]! - bytes[l]![level]! > slack[l]!) continue
      const value = stepValue(problem, l, level)
      if (value > bestValue) [best, bestValue] = [l, value]
    }
    if (best < 0) return
    chosen[best] = chosen[best]! + 1
  }
}
