/**
 * Which bits to give to layers that are sent one after the other over one link, each before its deadline:
 *
 *     minimise  sum_l sensitivity_l * 4^-bits_l      subject to  for all l: sum_{j <= l} bytes_j <= budget_l       (prefix deadlines)
 *
 * 4^-b is the mean squared error of uniform quantisation up to a factor common to all layers. Each further bit saves less than the one
 * before, so a greedy ascent by error saved per byte is close to the optimum.
 */
import type { Bits } from '../codec/quantise.ts'

export interface Choice {
  readonly bits: Bits
  readonly bytes: number
}

export interface AllocationLayer {
  readonly sensitivity: number
  /** Bytes that may have been sent once this layer is through. */
  readonly budgetBytes: number
  /** Ascending in bits and bytes; the first is the least this layer gets. */
  readonly choices: readonly Choice[]
}

export function quantisationError(sensitivity: number, bits: Bits): number {
  return sensitivity * 4 ** -bits
}

/** The chosen index into each layer's choices. A layer whose prefix misses its deadline even at least bits stays there. */
export function allocate(layers: readonly AllocationLayer[]): number[] {
  const chosen = layers.map(() => 0)
  for (;;) {
    let best = -1
    let bestValue = -1
    for (let index = 0; index < layers.length; index++) {
      const value = savedPerByte(layers[index] as AllocationLayer, chosen[index] as number)
      if (value > bestValue && canRaise(layers, chosen, index)) {
        best = index
        bestValue = value
      }
    }
    if (best < 0) return chosen
    chosen[best] = (chosen[best] as number) + 1
  }
}

/** Whether layer `index` can have its next choice with every deadline from it on still met. */
export function canRaise(layers: readonly AllocationLayer[], chosen: readonly number[], index: number): boolean {
  const raised = chosen.with(index, (chosen[index] as number) + 1)
  if (!layers[index]?.choices[raised[index] as number]) return false
  return prefixBytes(layers, raised).every((sent, layer) => layer < index || sent <= (layers[layer] as AllocationLayer).budgetBytes)
}

/** Bytes sent once each layer is through. */
export function prefixBytes(layers: readonly AllocationLayer[], chosen: readonly number[]): number[] {
  let sent = 0
  return layers.map((layer, index) => (sent += (layer.choices[chosen[index] as number] as Choice).bytes))
}

function savedPerByte(layer: AllocationLayer, level: number): number {
  const now = layer.choices[level] as Choice
  const next = layer.choices[level + 1]
  if (!next) return -1
  const saved = quantisationError(layer.sensitivity, now.bits) - quantisationError(layer.sensitivity, next.bits)
  return saved / Math.max(next.bytes - now.bytes, Number.MIN_VALUE)
}
