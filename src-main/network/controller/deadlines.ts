/**
 * The deadlines of layers on the links of a fleet. Layers are sent one after the other to every phone; phone i needs layer l after need_il seconds, and
 * all phones may be kept waiting for tau seconds more:
 *
 *     for all l and i:  sum_{j <= l} bytes_j <= rate_i (need_il + tau)
 *
 * One link, the tightest, decides for each layer.
 */
import { type BandwidthEstimate, estimates } from './bandwidth-estimate.ts'
import type { CompressionRequest } from './decision.ts'

export interface Deadline extends BandwidthEstimate {
  /** The bytes that may have been sent by the end of the layer. */
  readonly budgetBytes: number
  readonly needSeconds: number
}

export class Deadlines {
  private readonly layers: readonly (readonly (BandwidthEstimate & { readonly needSeconds: number })[])[]

  constructor({ layers, links }: CompressionRequest) {
    const rates = estimates(links)
    this.layers = layers.map(({ needSeconds }, l) =>
      rates.map((estimate, i) => ({ ...estimate, needSeconds: links[i]!.needSeconds?.[l] ?? needSeconds })),
    )
  }

  /** Returns each layer's deadline on its tightest link, with this much waiting. */
  within(waitSeconds: number): Deadline[] {
    return this.layers.map((links) => {
      let tightest: Deadline | null = null
      for (const link of links) {
        const budgetBytes = ((link.needSeconds + waitSeconds) * link.bitsPerSecond) / 8
        if (!tightest || budgetBytes < tightest.budgetBytes) tightest = { ...link, budgetBytes }
      }
      return tightest!
    })
  }

  /** @param sentBytes the bytes sent by the end of each layer @returns how long the phones then wait, seconds; 0 if all layers are in time */
  lateSeconds(sentBytes: readonly number[]): number {
    let late = 0
    this.layers.forEach((links, l) => {
      for (const { bitsPerSecond, needSeconds } of links) late = Math.max(late, (sentBytes[l]! * 8) / bitsPerSecond - needSeconds)
    })
    return late
  }
}
