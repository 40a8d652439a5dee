/** Requests and updates of every form, drawn from a seed, in plain numbers: what a phone is asked to probe and what it is told to apply. */
import { Stream, deriveKey } from '#shared/random/counter.ts'

export interface DrawnProbe {
  readonly guided: boolean
  readonly blockwise: boolean
  readonly shared: number
  readonly random: number
  readonly first: number
  readonly project: boolean
  readonly candidates: number
  readonly mixture: boolean
  /** Where the phone's own directions come out of a fixed set: its size. */
  readonly seeds: number | null
  readonly curvature: boolean
  readonly review: boolean
  readonly local: { readonly steps: number; readonly learningRate: number } | null
  readonly most: number | null
  readonly privacy: { readonly clip: number; readonly deviation: number } | null
  readonly masked: boolean
}

export interface DrawnUpdate {
  readonly learningRate: number
  /** Coefficients of the basis, of which there may be fewer directions. */
  readonly guided: readonly number[]
  readonly blockwise: boolean
  readonly asReceived: boolean
  readonly shared: readonly number[]
  readonly phones: readonly { readonly phone: number; readonly round: number; readonly random: readonly number[] }[]
  readonly ownRounds: boolean
  readonly project: boolean
  readonly candidates: number
  readonly seeds: readonly { readonly seed: number; readonly coefficient: number }[]
  readonly anchor: 'moves' | 'stays' | 'return'
}

export interface DrawnCase {
  readonly distribution: 'gaussian' | 'rademacher'
  readonly adam: boolean
  readonly retractable: boolean
  readonly jvp: boolean
  readonly poolSize: number
  readonly rounds: readonly { readonly received: number; readonly probe: DrawnProbe; readonly update: DrawnUpdate }[]
}

export function drawnCase(index: number): DrawnCase {
  const stream = new Stream(deriveKey(17, 'probe language', index))
  const chance = (share: number): boolean => stream.uniform() < share
  const numbers = (count: number): number[] => Array.from({ length: count }, () => stream.normal())
  const retractable = chance(0.5)
  const poolSize = stream.below(5)
  const probe = (): DrawnProbe => {
    const local = chance(0.25) ? { steps: 1 + stream.below(3), learningRate: 0.01 } : null
    const curvature = !local && chance(0.4)
    const each = local ? local.steps : 1
    const seeds = local && chance(0.5) ? 5 : null
    const project = chance(0.3)
    return {
      guided: !local && chance(0.6),
      blockwise: chance(0.3),
      shared: seeds === null ? each * stream.below(3) : 0,
      random: curvature ? 0 : each * (seeds === null ? stream.below(3) : 1 + stream.below(2)),
      first: local ? 0 : stream.below(3) * stream.below(3),
      project,
      candidates: chance(0.3) ? 3 : 1,
      mixture: seeds === null && !project && chance(0.2),
      seeds,
      curvature,
      review: curvature && retractable && chance(0.6),
      local,
      most: !local && chance(0.25) ? 1 + stream.below(3) : null,
      privacy: !curvature && seeds === null && chance(0.2) ? { clip: 0.5, deviation: chance(0.5) ? 0.1 : 0 } : null,
      masked: seeds === null && chance(0.2),
    }
  }
  const update = (round: number): DrawnUpdate => {
    const perPhone = stream.below(3)
    const ownRounds = chance(0.3)
    const seeds = chance(0.2)
    const phones = [0, 3, 4, 200].filter(() => chance(0.5))
    const anchor = retractable && chance(0.3) ? (chance(0.5) ? 'stays' : 'return') : 'moves'
    const blockwise = chance(0.3)
    return {
      learningRate: 0.02 * stream.uniform(),
      guided: numbers(stream.below(blockwise ? 8 : 4)),
      blockwise,
      asReceived: !blockwise && chance(0.3),
      // An update along nothing leaves nothing to be like.
      shared: numbers((seeds || (perPhone > 0 && phones.length > 0) ? 0 : 1) + stream.below(2)),
      phones: seeds ? [] : phones.map((phone) => ({ phone, round: ownRounds ? 1 + stream.below(1000) : round, random: numbers(perPhone) })),
      ownRounds,
      project: chance(0.4),
      candidates: chance(0.3) ? 2 + stream.below(3) : 1,
      seeds: seeds ? numbers(1 + stream.below(4)).map((coefficient) => ({ seed: stream.below(4096), coefficient })) : [],
      anchor,
    }
  }
  return {
    distribution: chance(0.7) ? 'gaussian' : 'rademacher',
    adam: chance(0.5),
    retractable,
    jvp: chance(0.2),
    poolSize,
    rounds: Array.from({ length: 3 }, (_, i) => ({
      received: poolSize === 0 ? 0 : stream.below(4),
      probe: probe(),
      update: update(i + 1),
    })),
  }
}
