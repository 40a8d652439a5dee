/** Phones and a cloud that only keep account, so that a test of the rounds needs no process and no model. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { FederatedRun } from '#main/federation/federated-run.ts'
import type { Method } from '#main/federation/methods/method.ts'
import type { Cloud, Phones, RunParts } from '#main/federation/run-parts.ts'
import { Hardware } from '#main/federation/hardware.ts'
import { RoundClock } from '#main/federation/round-clock.ts'
import { describeHardware } from '#main/lab/hardware-description.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { writeDirection } from '#main/wire/direction-frame.ts'
import { writeScalars } from '#main/wire/scalars-frame.ts'
import { packMeasurements } from '#main/wire/derivatives.ts'
import { basisAsked, directionCounts } from '#main/wire/direction-request.ts'
import { SessionControl } from '#main/lab/session-control.ts'
import { fixedController } from '#main/network/controller/fixed.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import { triangle } from '#main/training/curvature.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { Guidance } from '#main/workers/protocol/cloud-guidance.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { HardwareDescription } from '#shared/events/fleet-description.ts'
import { findProfile } from '#shared/scenario/catalogue.ts'
import { parseScenario, type Scenario } from '#shared/scenario/scenario.ts'

const catalogue = loadCatalogue(join(import.meta.dirname, '../../../resources'))

/** Two blocks of 24 values and a head of 15. */
export const layout: ParameterLayout = (() => {
  const parameters = [
    { name: 'a', input: 'a', layer: 0, shape: [4, 6], rows: 4, columns: 6, deviation: 0, offset: 0, size: 24 },
    { name: 'b', input: 'b', layer: 1, shape: [4, 6], rows: 4, columns: 6, deviation: 0, offset: 24, size: 24 },
    { name: 'head', input: 'head', layer: 2, shape: [3, 5], rows: 3, columns: 5, deviation: 0, offset: 48, size: 15 },
  ]
  return { parameters, size: 63, byLayer: [0, 1, 2].map((layer) => parameters.filter((p) => p.layer === layer)) }
})()

export const FORWARD_FLOP = 1e9

/** Every layer costs 1 GFLOP per sequence and copy, a gradient twice as much. */
const flops = {
  forward: ({ sequences }: { sequences: number }, copies: number) => [1, 1, 1].map((x) => x * sequences * copies * FORWARD_FLOP),
  backward: ({ sequences }: { sequences: number }) => [2, 2, 2].map((x) => x * sequences * FORWARD_FLOP),
}

const workstation = findProfile(catalogue.devices, 'workstation')!

const timedPhones = (count: number, links: readonly string[]) =>
  Array.from({ length: count }, (_, i) => ({
    id: `phone-${i}`,
    profile: findProfile(catalogue.devices, i % 2 ? 'android-go' : 'pixel-4')!,
    link: { ...findProfile(catalogue.links, links[i % links.length]!)!, sigma: 0 },
  }))

export function clockOf(
  policy: PolicyName,
  phones = 3,
  links: readonly string[] = ['lte', 'slow-4g'],
  seed = 1,
  hardware = new Hardware(workstation, timedPhones(phones, links), seed),
): RoundClock {
  return new RoundClock(flops, policy, hardware, layout.size)
}

/** Of what `clockOf` runs on. */
export function hardwareDescription(phones: number): HardwareDescription {
  return describeHardware(workstation, timedPhones(phones, ['lte', 'slow-4g']))
}

export function scenarioOf(change: Record<string, unknown> = {}): Scenario {
  const base = { model: { checkpoint: 'm' }, data: { train: { path: 't' } }, fleet: [{ profile: 'pixel-4', count: 3 }] }
  return parseScenario({ ...base, ...change }, 'test')
}

const digestOf = (messages: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const bytes of messages) hash.update(bytes)
  return hash.digest('hex').slice(0, 16)
}

export interface Faults {
  /** Phones that don't answer the probe of a round. */
  readonly silent?: (round: number, phone: number) => boolean
  /** Phones that a round begins without. */
  readonly absent?: (round: number, phone: number) => boolean
  /** A phone whose parameters differ from this round on. */
  readonly diverges?: { readonly phone: number; readonly round: number }
}

export class FakePhones implements Phones {
  readonly calls: string[] = []
  readonly requests: ProbeRequest[] = []
  /** Probes of phones that were asked for fewer, request by request. */
  readonly fewer: ReadonlyMap<number, number>[] = []
  readonly updates: Uint8Array[] = []
  private readonly count: number
  private readonly faults: Faults
  private readonly basisSize: number
  private up: number[] = []
  private selected: readonly number[] | null = null
  private round = 0

  /** @param basisSize guided directions of a phone that has a pool */
  constructor(count = 3, faults: Faults = {}, basisSize = 2) {
    this.count = count
    this.faults = faults
    this.basisSize = basisSize
  }

  async startAvailable(round: number): Promise<number[]> {
    this.round = round
    this.up = [...Array(this.count).keys()].filter((phone) => !this.faults.absent?.(round, phone))
    return this.up
  }

  async select(phones: readonly number[]): Promise<Map<number, { bytes: number; digest: null }>> {
    this.selected = phones
    this.calls.push(`select ${phones.join()}`)
    return new Map(this.asked().map((phone) => [phone, { bytes: 0, digest: null }]))
  }

  digests(): ReadonlyMap<number, string | null> {
    return new Map()
  }

  async maskKeys(): Promise<Map<number, Uint8Array>> {
    throw new Error('these phones have no masks')
  }

  async refuse(phone: number, words: string): Promise<void> {
    throw new Error(`phone ${phone} ${words}`)
  }

  async revealMasks(): Promise<Map<number, Uint8Array>> {
    throw new Error('these phones have no masks')
  }

  private asked(): number[] {
    return this.up.filter((phone) => this.selected?.includes(phone) ?? true)
  }

  async broadcast(kind: 'direction', bytes: Uint8Array): Promise<void> {
    this.calls.push(`${kind} ${bytes.length}`)
  }

  async probe(request: ProbeRequest, fewer: ReadonlyMap<number, number> = new Map()): Promise<Map<number, ProbeReport>> {
    this.requests.push(request)
    this.fewer.push(fewer)
    this.up = this.up.filter((phone) => !this.faults.silent?.(request.round, phone))
    // Out of order, as answers come.
    return new Map(
      this.asked()
        .toReversed()
        .map((phone) => [phone, this.report(phone, request)]),
    )
  }

  async train(): Promise<Map<number, ProbeReport>> {
    throw new Error('these phones only probe')
  }

  /** Where curvature is asked for: the loss bends by 1 in every direction, and nothing is noisy. */
  private report(phone: number, { round, directions, curvature = false, review = false }: ProbeRequest): ProbeReport {
    const { counted, alone } = directionCounts(directions)
    const count = (basisAsked(directions) ? this.basisSize : 0) + counted
    const estimates = Array.from({ length: count }, (_, k) => ({ value: (phone + 1) * (k + 1) * 0.125, variance: 0 }))
    const identity = triangle(count - alone, (k, l) => (k === l ? 1 : 0))
    const between = curvature ? { curvature: { metric: identity, noise: identity.map(() => 0) } } : {}
    // Every step keeps its promise.
    const kept = review ? { review: { value: 1, variance: 0.01 } } : {}
    const { values, squared } = packMeasurements({ estimates, ...between, ...kept }, alone)
    const frame = writeScalars({ round, sequence: 0, phone, lossMean: 1 + phone, values: Float64Array.of(...values, ...squared) })
    return { frame, batches: [{ forwardPasses: 2 * count, sequences: 4 + phone, tokens: 8 }] }
  }

  async update(bytes: Uint8Array): Promise<Map<number, string>> {
    this.updates.push(bytes)
    const { diverges } = this.faults
    const digest = digestOf(this.updates)
    return new Map(this.asked().map((phone) => [phone, phone === diverges?.phone && this.round >= diverges.round ? 'other' : digest]))
  }

  sampleMemory(): void {
    this.calls.push('sample')
  }
}

export class FakeCloud implements Cloud {
  readonly guided: { round: number; bits: readonly number[] }[] = []
  readonly updates: Uint8Array[] = []
  evaluations = 0
  private readonly accuracies: readonly number[]

  /** @param accuracies of one evaluation after another; the last stays */
  constructor(accuracies: readonly number[] = [0.5]) {
    this.accuracies = accuracies
  }

  async guide(round: number, bits: readonly number[]): Promise<Guidance> {
    this.guided.push({ round, bits })
    const frames = [0, 1].map((label) =>
      writeDirection({
        round,
        sequence: label,
        label,
        firstSegment: 0,
        coding: { kind: 'uniform', bits: [4, 4, 4] },
        payload: new Uint8Array(50),
      }),
    )
    const total = frames.reduce((sum, { length }) => sum + length, 0)
    return {
      frames,
      layerBytes: [40, 40, total - 80],
      layerSquaredNorms: [1, 4, 9],
      loss: 1,
      batches: [
        { sequences: 4, tokens: 8 },
        { sequences: 2, tokens: 8 },
      ],
    }
  }

  async step(round: number): ReturnType<Cloud['step']> {
    return { digest: `step ${round}`, loss: 1, batches: [{ sequences: 6, tokens: 8 }] }
  }

  async receive(): Promise<void> {}

  async apply(update: Uint8Array): Promise<string> {
    this.updates.push(update)
    return digestOf(this.updates)
  }

  async evaluate(): ReturnType<Cloud['evaluate']> {
    const accuracy = this.accuracies[Math.min(this.evaluations++, this.accuracies.length - 1)]!
    return { accuracy, loss: 1 - accuracy, rows: 10 }
  }
}

export interface Ran {
  readonly events: LabEvent[]
  readonly phones: FakePhones
  readonly cloud: FakeCloud
  readonly result: Awaited<ReturnType<FederatedRun['run']>>
}

export async function ran(
  method: Method | null,
  scenario: Scenario,
  change: Partial<RunParts> & { phones?: FakePhones; cloud?: FakeCloud; events?: LabEvent[]; policy?: PolicyName } = {},
): Promise<Ran> {
  const events = change.events ?? []
  const phones = change.phones ?? new FakePhones()
  const cloud = change.cloud ?? new FakeCloud()
  const run = new FederatedRun({
    scenario,
    method,
    clock: clockOf(change.policy ?? scenario.schedule.policy),
    controller: fixedController(4),
    layout,
    privateRows: [10, 10, 10],
    emit: (event) => events.push(event),
    steering: new SessionControl(),
    ...change,
    phones,
    cloud,
  })
  return { events, phones, cloud, result: await run.run() }
}

/** Events of one kind. */
export function only<K extends LabEvent['kind']>(events: readonly LabEvent[], kind: K): Extract<LabEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<LabEvent, { kind: K }> => event.kind === kind)
}
