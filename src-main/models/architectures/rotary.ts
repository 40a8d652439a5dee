/**
 * Rotary position embedding (Su et al. 2021): pairs of features of queries and keys turn by an angle that grows with the position, so that
 * their product sees the distance. The pairs are (i, i + D/2), as Hugging Face's models have them.
 */
import { add, multiply } from '#main/engine/operators/arithmetic.ts'
import { concat, slice } from '#main/engine/operators/pieces.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { RotaryConfig } from '../model-config.ts'
import type { BlockInputs } from './architecture.ts'

/** x cos + swapped(x) sin, with the sign of a turn in `sin`. @param x [..., S, D] @param cos and sin [S, D] */
export function rotated(graph: Graph, x: Value, cos: Value, sin: Value): Value {
  const axis = x.shape.length - 1
  const size = x.shape[axis] as number
  const swapped = concat(graph, [slice(graph, x, axis, size / 2, size), slice(graph, x, axis, 0, size / 2)], axis)
  return add(graph, multiply(graph, x, cos), multiply(graph, swapped, sin))
}

/** The tables [S, D] of `tokens` positions. */
export function rotaryTables(rotary: RotaryConfig, headSize: number, tokens: number): BlockInputs {
  const half = headSize / 2
  const { frequencies, factor } = scaled(rotary, headSize)
  const [cos, sin] = [new Float32Array(tokens * headSize), new Float32Array(tokens * headSize)]
  for (let s = 0; s < tokens; s++) {
    for (let i = 0; i < half; i++) {
      const angle = s * frequencies[i]!
      const at = s * headSize + i
      cos[at] = cos[at + half] = factor * Math.cos(angle)
      sin[at + half] = factor * Math.sin(angle)
      sin[at] = -factor * Math.sin(angle)
    }
  }
  return { cos: { data: cos, dims: [tokens, headSize] }, sin: { data: sin, dims: [tokens, headSize] } }
}

/** Radians per position of each pair, and what all values are multiplied by. */
function scaled({ theta, scaling }: RotaryConfig, headSize: number): { frequencies: number[]; factor: number } {
  const plain = Array.from({ length: headSize / 2 }, (_, i) => theta ** ((-2 * i) / headSize))
  switch (scaling.kind) {
    case 'none':
      return { frequencies: plain, factor: 1 }
    case 'linear':
      return { frequencies: plain.map((frequency) => frequency / scaling.factor), factor: 1 }
    case 'llama3': {
      // Slow pairs are stretched, fast ones are left, and those between are mixed (Llama 3.1).
      const { factor, lowFactor, highFactor, original } = scaling
      const stretched = (frequency: number): number => {
        const turns = (original * frequency) / (2 * Math.PI)
        if (turns < lowFactor) return frequency / factor
        if (turns > highFactor) return frequency
        const smooth = (turns - lowFactor) / (highFactor - lowFactor)
        return ((1 - smooth) * frequency) / factor + smooth * frequency
      }
      return { frequencies: plain.map(stretched), factor: 1 }
    }
    case 'yarn': {
      // A ramp over the pairs, from those that turn `betaFast` times in the original length to `betaSlow` (Peng et al. 2023).
      const { factor, betaFast, betaSlow, original, attentionFactor, whole } = scaling
      const pairOf = (turns: number): number => (headSize * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta))
      const low = Math.max(0, whole ? Math.floor(pairOf(betaFast)) : pairOf(betaFast))
      const high = Math.min(headSize - 1, whole ? Math.ceil(pairOf(betaSlow)) : pairOf(betaSlow))
      const ramp = (i: number): number => Math.min(1, Math.max(0, (i - low) / (high === low ? 0.001 : high - low)))
      const frequencies = plain.map((frequency, i) => (frequency / factor) * ramp(i) + frequency * (1 - ramp(i)))
      return { frequencies, factor: attentionFactor }
    }
  }
}
