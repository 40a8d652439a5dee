/** Times rounds under every policy and controller on every link and fleet, once the controller has settled. */
import { AdaptiveController } from '#main/network/controller/adaptive.ts'
import type { CompressionController } from '#main/network/controller/decision.ts'
import { fixedController } from '#main/network/controller/fixed.ts'
import { offController } from '#main/network/controller/off.ts'
import { segmentBytes } from '#main/wire/quantise.ts'
import type { TimedPhone } from '#main/federation/hardware.ts'
import { LinkModel } from '#main/network/link.ts'
import { type Catalogue, type DeviceProfile, type LinkProfile, findProfile } from '#shared/scenario/catalogue.ts'
import { POLICY_NAMES, type PolicyName } from '#shared/scenario/schedule-schema.ts'
import { ClockOnlyRun, type ClockOnlyRound } from './clock-only-run.ts'
import type { PipelineWorkload } from './workloads.ts'

interface FleetChoice {
  readonly name: string
  readonly profiles: readonly string[]
}

export const FLEETS: readonly FleetChoice[] = [
  { name: 'mixed', profiles: ['pixel-4', 'pixel-4', 'iphone-13-pro', 'iphone-13-pro', 'entry', 'entry', 'android-go', 'android-go'] },
  { name: 'fast', profiles: Array.from({ length: 8 }, () => 'iphone-15-pro') },
  { name: 'slow', profiles: Array.from({ length: 8 }, () => 'android-go') },
]

/** The kind of a round's directions: whole ones, one confined to each layer, or those of the round before. */
type GuidanceKind = 'whole' | 'by layer' | 'stale'

interface Variant {
  readonly policy: PolicyName
  readonly controller: string
  readonly guidance: GuidanceKind
}

const controllers: Readonly<Record<string, () => CompressionController>> = {
  float32: offController,
  'fixed 4': () => fixedController(4),
  adaptive: () => new AdaptiveController(),
}

export const BASE: Variant = { policy: 'sequential', controller: 'float32', guidance: 'whole' }
export const BEST: Variant = { policy: 'layerwise', controller: 'adaptive', guidance: 'whole' }
export const BEST_BY_LAYER: Variant = { ...BEST, guidance: 'by layer' }
export const BEST_STALE: Variant = { ...BEST, guidance: 'stale' }

const VARIANTS: readonly Variant[] = [
  ...POLICY_NAMES.flatMap((policy) => Object.keys(controllers).map((controller): Variant => ({ policy, controller, guidance: 'whole' }))),
  BEST_BY_LAYER,
  BEST_STALE,
]

export interface GridRow extends Variant {
  readonly model: string
  readonly trained: string
  readonly fleet: string
  readonly link: string
  readonly secondsPerRound: number
  readonly exposedSeconds: number
  /** The share of the round in which communication was exposed. */
  readonly exposedShare: number
  readonly overlapRatio: number
  /** The bytes of directions to each phone. */
  readonly bytesPerRound: number
  readonly bits: readonly number[]
  readonly waitSeconds: number
  readonly fallback: string | null
  /** The lower bound of any schedule and controller: see `leastSeconds`. */
  readonly boundSeconds: number
  /** The seconds of such a round layer by layer with one bit for every value. */
  readonly oneBitSeconds: number
  /** The bits per second that arrive over the link, after loss. */
  readonly linkBitsPerSecond: number
}

const SETTLING_ROUNDS = 6
const MEASURED_ROUNDS = 3

export async function gridRows(
  workload: PipelineWorkload,
  fleet: FleetChoice,
  link: LinkProfile,
  catalogue: Catalogue,
): Promise<GridRow[]> {
  const cloud = findProfile(catalogue.devices, 'workstation')!
  const phones = fleet.profiles.map((profile, i) => ({
    id: `${profile}-${i + 1}`,
    profile: findProfile(catalogue.devices, profile)!,
    link,
  }))
  const rows: GridRow[] = []
  const least = [false, true].map((blockwise) => leastSeconds(workload, cloud, phones, link, blockwise))
  for (const variant of VARIANTS) {
    const blockwise = variant.guidance === 'by layer'
    const { boundSeconds, oneBitSeconds } = await least[Number(blockwise)]!
    const setting = { policy: variant.policy, blockwise, stale: variant.guidance === 'stale' }
    const run = new ClockOnlyRun(workload, cloud, phones, { ...setting, controller: controllers[variant.controller]!() })
    for (let round = 0; round < SETTLING_ROUNDS; round++) await run.next()
    const rounds: ClockOnlyRound[] = []
    for (let round = 0; round < MEASURED_ROUNDS; round++) rounds.push(await run.next())
    const mean = (of: (round: ClockOnlyRound) => number): number => rounds.reduce((sum, round) => sum + of(round), 0) / rounds.length
    const { decision, bytes } = rounds.at(-1)!
    const secondsPerRound = mean(({ metrics }) => metrics.makespanSeconds)
    const exposedSeconds = mean(({ metrics }) => metrics.exposedCommunicationSeconds)
    rows.push({
      ...variant,
      model: workload.model,
      trained: workload.trained,
      fleet: fleet.name,
      link: link.id,
      secondsPerRound,
      exposedSeconds,
      exposedShare: exposedSeconds / secondsPerRound,
      overlapRatio: mean(({ metrics }) => metrics.overlapRatio ?? 0),
      bytesPerRound: bytes,
      bits: decision.bits,
      waitSeconds: decision.waitSeconds,
      fallback: decision.fallback?.kind ?? null,
      boundSeconds,
      oneBitSeconds,
      linkBitsPerSecond: goodputOf(link),
    })
  }
  return rows
}

/** Bandwidth so large that bytes take no time. */
const UNLIMITED = 1e15

/**
 * The larger of two times that no schedule gets below: what the round takes where messages have their latency but no size, and the least
 * bytes, one bit a value, over the link's goodput. It is returned with the time of a real round layer by layer
 * with one bit a value, which shows how near to the bound one can get, since latency and bytes both cost time there.
 */
async function leastSeconds(
  workload: PipelineWorkload,
  cloud: DeviceProfile,
  phones: readonly TimedPhone[],
  link: LinkProfile,
  blockwise: boolean,
): Promise<Pick<GridRow, 'boundSeconds' | 'oneBitSeconds'>> {
  const unlimited = { ...link, downBitsPerSecond: UNLIMITED, upBitsPerSecond: UNLIMITED, lossRate: 0, sigma: 0 }
  const secondsOn = async (own: LinkProfile): Promise<number> => {
    const setting = { policy: 'layerwise', controller: fixedController(1), blockwise, stale: false } as const
    const fleet = phones.map((phone) => ({ ...phone, link: own }))
    const run = new ClockOnlyRun(workload, cloud, fleet, setting)
    let seconds = 0
    for (let round = 0; round < SETTLING_ROUNDS + MEASURED_ROUNDS; round++) seconds = (await run.next()).metrics.makespanSeconds
    return seconds
  }
  const bytes = workload.classes * workload.layout.byLayer.flat().reduce((sum, parameter) => sum + segmentBytes(parameter, 1), 0)
  return {
    boundSeconds: Math.max(await secondsOn(unlimited), (bytes * 8) / goodputOf(link)),
    oneBitSeconds: await secondsOn(link),
  }
}

export function goodputOf(link: LinkProfile): number {
  return new LinkModel('link', link, 1).nominalBitsPerSecond('down')
}
