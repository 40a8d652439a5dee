/** Collects the bits, bytes and error of every round and layer from the rounds of a session. */
import type { BitsReason, LinkEstimate } from '#shared/events/bits-choice.ts'
import type { RoundView } from '#shared/events/session-view.ts'

interface BitsCell {
  readonly round: number
  readonly layer: number
  readonly bits: number
  /** The bytes of all directions of the layer, to one phone. */
  readonly bytes: number
  /** The computed bytes at 32 bits. */
  readonly rawBytes: number
  /** Null where it isn't known any more; it is then in the round's event. */
  readonly reason: BitsReason | null
}

interface CompressedRound {
  readonly round: number
  readonly bytes: number
  readonly rawBytes: number
  /** The error of rounding as a share of the directions' squared length; null if sensitivities aren't known. */
  readonly errorShare: number | null
  readonly links: readonly LinkEstimate[]
}

export interface CompressionModel {
  readonly layers: number
  /** The last round there is; cells of rounds without guidance are missing. */
  readonly lastRound: number
  readonly cells: readonly BitsCell[]
  readonly rounds: readonly CompressedRound[]
}

type Round = Pick<RoundView, 'round' | 'bits' | 'layerBytes' | 'reasons' | 'links'>

export function compressionModel(views: readonly Round[]): CompressionModel {
  const cells: BitsCell[] = []
  const rounds: CompressedRound[] = []
  for (const view of views) {
    const own = cellsOf(view)
    if (own.length === 0) continue
    cells.push(...own)
    rounds.push({
      round: view.round,
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      rawBytes: own.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
      errorShare: errorShare(view.reasons),
      links: view.links ?? [],
    })
  }
  const layers = cells.reduce((most, { layer }) => Math.max(most, layer + 1), 0)
  return { layers, lastRound: views.at(-1)?.round ?? 0, cells, rounds }
}

function cellsOf({ round, bits, layerBytes, reasons }: Round): BitsCell[] {
  const byLayer = new Map(reasons?.map((reason) => [reason.layer, reason]))
  return bits.map((width, layer) => {
    const bytes = layerBytes[layer] ?? 0
    const reason = byLayer.get(layer) ?? null
    return { round, layer, bits: width, bytes, rawBytes: bytes * timesLarger(width, reason), reason }
  })
}

/**
 * Returns how many times larger a layer's message would be at 32 bits. Messages are a + b * bits bytes (scales and headers beside the values), so two
 * candidates give both numbers; without two candidates the headers are taken to grow as well.
 */
function timesLarger(bits: number, reason: BitsReason | null): number {
  if (bits === 0) return 1
  const [first, second] = reason?.candidates ?? []
  if (!first || !second || first.bits === second.bits) return 32 / bits
  const perBit = (second.bytes - first.bytes) / (second.bits - first.bits)
  const base = first.bytes - perBit * first.bits
  return (base + 32 * perBit) / (base + bits * perBit)
}

/** sum_l s_l 4^-b_l / sum_l s_l: the mean squared error of uniform quantisation, up to a factor common to all layers. */
function errorShare(reasons: readonly BitsReason[] | null): number | null {
  const total = reasons?.reduce((sum, { sensitivity }) => sum + sensitivity, 0) ?? 0
  if (!reasons || total <= 0) return null
  return reasons.reduce((sum, { sensitivity, bits }) => sum + sensitivity * 4 ** -bits, 0) / total
}

/** @param phone the phone whose link is shown; null for the link with the lowest estimate, which is the one that decides */
export function linkOf({ links }: CompressedRound, phone: number | null): LinkEstimate | null {
  if (phone !== null) return links.find((link) => link.phone === phone) ?? null
  return links.reduce<LinkEstimate | null>(
    (least, link) => (least && least.estimateBitsPerSecond <= link.estimateBitsPerSecond ? least : link),
    null,
  )
}

interface CompressionFigures {
  readonly bytes: number
  readonly rawBytes: number
  /** Weighted by how many numbers have them. */
  readonly meanBits: number
  readonly missed: number
  readonly errorShare: number | null
}

export function compressionFigures({ cells, rounds }: CompressionModel): CompressionFigures {
  const bytes = rounds.reduce((sum, round) => sum + round.bytes, 0)
  const rawBytes = rounds.reduce((sum, round) => sum + round.rawBytes, 0)
  const weighted = cells.reduce((sum, cell) => sum + cell.bits * cell.rawBytes, 0)
  return {
    bytes,
    rawBytes,
    meanBits: rawBytes > 0 ? weighted / rawBytes : 0,
    missed: cells.filter(({ reason }) => reason?.missed).length,
    errorShare: rounds.at(-1)?.errorShare ?? null,
  }
}

/** Returns the cell that an arrow key leads to: the nearest existing one in that direction. */
export function neighbourCell(model: CompressionModel, from: { round: number; layer: number }, key: string): BitsCell | null {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key]
  if (!step) return null
  const places = new Map(model.cells.map((cell) => [`${cell.round}/${cell.layer}`, cell]))
  let { round, layer } = from
  for (;;) {
    round += step[0]!
    layer += step[1]!
    if (round < 1 || round > model.lastRound || layer < 0 || layer >= model.layers) return null
    const cell = places.get(`${round}/${layer}`)
    if (cell) return cell
  }
}
