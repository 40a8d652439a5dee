/** Explains an allocation under deadlines: why each layer got its bits. */
import type { Bits } from '#main/wire/quantise.ts'
import { type AllocationLayer, canRaise, prefixBytes } from './allocation.ts'
import type { Deadline } from './deadlines.ts'
import type { CompressionRequest, Fallback, LayerReason } from './decision.ts'

interface Allocated {
  readonly layers: readonly AllocationLayer[]
  /** The index of each layer's chosen bits among its choices. */
  readonly chosen: readonly number[]
  /** The deadlines of the tightest link, by layer. */
  readonly deadlines: readonly Deadline[]
  /** The seconds that phones may get a layer later than they need it. */
  readonly waitSeconds: number
  readonly previousBits: (layer: number) => Bits | null
  /** The bits of each layer beyond which nothing is gained. @default there is no such bound */
  readonly mostThatMatters?: readonly Bits[]
  /** Other limits on the candidates, as clauses. */
  readonly limits: readonly string[]
  readonly fallback: Fallback | null
}

export function allocatedReasons(request: CompressionRequest, allocated: Allocated): LayerReason[] {
  const { layers, chosen, deadlines, waitSeconds, previousBits, limits } = allocated
  const sent = prefixBytes(layers, chosen)
  const most = Math.max(...layers.map(({ choices }) => choices.length))
  return request.layers.map((demand, index): LayerReason => {
    const { choices, budgetBytes } = layers[index]!
    const { bitsPerSecond, needSeconds, link } = deadlines[index]!
    const choice = choices[chosen[index]!]!
    const reason = {
      ...demand,
      ...choice,
      needSeconds,
      previousBits: previousBits(demand.layer),
      candidates: choices,
      estimateBitsPerSecond: bitsPerSecond,
      deadlineSeconds: needSeconds + waitSeconds,
      arrivalSeconds: (sent[index]! * 8) / bitsPerSecond,
      binding: chosen[index]! + 1 < choices.length && !canRaise(layers, chosen, index),
      missed: sent[index]! > budgetBytes,
    }
    const near =
      choices.length < most || previousBits(demand.layer) !== null ? `candidates ${choices.map(({ bits }) => bits).join(', ')}` : ''
    const enough = choice.bits >= (allocated.mostThatMatters?.[index] ?? Infinity)
    return { ...reason, words: words(reason, allocated, link, enough, [near, ...limits].filter(Boolean)) }
  })
}

function words(
  reason: Omit<LayerReason, 'words'>,
  { waitSeconds, fallback }: Allocated,
  link: string,
  enough: boolean,
  limits: readonly string[],
): string {
  const { layer, bits, arrivalSeconds, needSeconds, missed, binding } = reason
  const need = Number.isFinite(needSeconds) ? `needed after ${needSeconds.toFixed(2)} s` : 'nothing waits for it'
  const arrival = `arrives after ${arrivalSeconds!.toFixed(2)} s on ${link}, ${need}`
  if (fallback)
    return `layer ${layer}: ${insteadWords(fallback)}, which is worth more per second than waiting for all (at the least bits ${arrival})`
  const because = missed
    ? 'deadline missed even at the least bits possible this round'
    : binding && waitSeconds > 0
      ? `more bits would cost more time than they are worth; the phones wait ${waitSeconds.toFixed(2)} s for these`
      : binding
        ? 'more bits would miss a deadline'
        : enough
          ? 'finer would hardly matter'
          : 'the most possible this round'
  return `layer ${layer}: ${bits} ${bits === 1 ? 'bit' : 'bits'}, ${because} (${[arrival, ...limits].join('; ')})`
}

function insteadWords(fallback: Fallback): string {
  switch (fallback.kind) {
    case 'sparse':
      return `only the largest ${100 * fallback.keptShare} % of the values are sent`
    case 'stale':
      return 'phones probe along the directions they have while these travel for the next round'
    case 'plain':
      return 'nothing is sent, and the round is plain zeroth-order'
  }
}
