/** Says of an allocation under deadlines why each layer got its bits. */
import type { Bits } from '../codec/quantise.ts'
import { type AllocationLayer, canRaise, prefixBytes } from './allocation.ts'
import type { BandwidthEstimate } from './bandwidth-estimate.ts'
import type { CompressionRequest, LayerReason } from './decision.ts'

/** @param waitSeconds how much later than it needs a layer the phone may get it @param limits what else bound the candidates, as clauses */
export function allocatedReasons(
  request: CompressionRequest,
  layers: readonly AllocationLayer[],
  chosen: readonly number[],
  { bitsPerSecond, link }: BandwidthEstimate,
  waitSeconds: number,
  previousBits: (layer: number) => Bits | null,
  limits: readonly string[],
): LayerReason[] {
  const sent = prefixBytes(layers, chosen)
  const most = Math.max(...layers.map(({ choices }) => choices.length))
  return request.layers.map((demand, index): LayerReason => {
    const { choices, budgetBytes } = layers[index]!
    const choice = choices[chosen[index]!]!
    const reason = {
      ...demand,
      ...choice,
      previousBits: previousBits(demand.layer),
      candidates: choices,
      estimateBitsPerSecond: bitsPerSecond,
      deadlineSeconds: demand.needSeconds + waitSeconds,
      arrivalSeconds: (sent[index]! * 8) / bitsPerSecond,
      binding: chosen[index]! + 1 < choices.length && !canRaise(layers, chosen, index),
      missed: sent[index]! > budgetBytes,
    }
    const near =
      choices.length < most || previousBits(demand.layer) !== null ? `candidates ${choices.map(({ bits }) => bits).join(', ')}` : ''
    return { ...reason, words: words(reason, waitSeconds, link, [near, ...limits].filter(Boolean)) }
  })
}

function words(reason: Omit<LayerReason, 'words'>, waitSeconds: number, link: string, limits: readonly string[]): string {
  const { layer, bits, arrivalSeconds, needSeconds, missed, binding } = reason
  const need = Number.isFinite(needSeconds) ? `needed after ${needSeconds.toFixed(2)} s` : 'nothing waits for it'
  const because = missed
    ? 'deadline missed even at the least bits possible this round'
    : binding && waitSeconds > 0
      ? `more bits would cost more time than they are worth; the phones wait ${waitSeconds.toFixed(2)} s for these`
      : binding
        ? 'more bits would miss a deadline'
        : 'the most possible this round'
  const arrival = `arrives after ${arrivalSeconds!.toFixed(2)} s on ${link}, ${need}`
  return `layer ${layer}: ${bits} ${bits === 1 ? 'bit' : 'bits'}, ${because} (${[arrival, ...limits].join('; ')})`
}
