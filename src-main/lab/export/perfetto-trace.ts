/**
 * A session as a Perfetto trace (ui.perfetto.dev opens it): a process per device with a thread per lane, slices of virtual time, counters
 * of memory, bits, links, heat, battery and accuracy, and arrows from a message's sending to its use. Wire format: protos/perfetto/trace of Perfetto, TrackEvent.
 */
import type { LabEvent } from '#shared/events/event.ts'
import type { TaskSpan } from '#shared/events/round-schedule.ts'
import { ProtobufWriter } from '#main/engine/onnx/protobuf.ts'
import { taskId, withoutDevice } from '#main/timeline/task-id.ts'

/** The field numbers of TracePacket. */
const PACKET = { timestamp: 8, sequence: 10, event: 11, descriptor: 60, flags: 13 } as const
const DESCRIPTOR = { uuid: 1, name: 2, process: 3, thread: 4, parent: 5, counter: 8 } as const
const EVENT = { annotation: 4, type: 9, track: 11, category: 22, name: 23, double: 44, flow: 47, lastOfFlow: 48 } as const
const TYPE = { begin: 1, end: 2, instant: 3, counter: 4 } as const
const UNIT = { count: 2, bytes: 3 } as const

/** All packets are from one writer, whose descriptors hold from its first packet on. */
const SEQUENCE = 1
const STATE_CLEARED = 1

type Unit = { readonly unit?: number; readonly unitName?: string }

/** @param events of one session, in order */
export function perfettoTrace(events: Iterable<LabEvent>): Uint8Array {
  const trace = new TraceWriter()
  let phones: readonly string[] = []
  let seconds = 0
  for (const event of events) {
    switch (event.kind) {
      case 'session-started':
        phones = event.phones.map(({ id }) => id)
        for (const device of ['cloud', ...phones]) trace.process(device)
        break
      case 'bits-chosen':
        event.bits.forEach((bits, layer) => trace.count('cloud', `bits of layer ${layer}`, seconds, bits, { unitName: 'bits' }))
        for (const { phone, estimateBitsPerSecond, goodputBitsPerSecond } of event.links ?? []) {
          trace.count(phones[phone]!, 'downlink goodput', seconds, goodputBitsPerSecond, { unitName: 'bit/s' })
          trace.count(phones[phone]!, 'downlink goodput counted on', seconds, estimateBitsPerSecond, { unitName: 'bit/s' })
        }
        break
      case 'memory-sampled':
        trace.count(phones[event.phone]!, 'resident memory', seconds, event.residentBytes, { unit: UNIT.bytes })
        break
      case 'phone-ended':
        trace.instant(phones[event.phone]!, `${event.words} while ${event.doing}`, seconds)
        break
      case 'phone-tuned':
        trace.instant(phones[event.phone]!, `changed by the user: ${JSON.stringify(event.change)}`, event.atSeconds)
        break
      case 'round-scheduled':
        trace.round(event.round, event.tasks)
        seconds = event.endSeconds
        for (const { device, heat, totalJoules, batteryShare } of event.devices ?? []) {
          trace.count(device, 'energy of computing', seconds, totalJoules, { unitName: 'J' })
          trace.count(device, 'heat', seconds, 100 * heat, { unitName: '%' })
          if (batteryShare !== null) trace.count(device, 'battery', seconds, 100 * batteryShare, { unitName: '%' })
        }
        break
      case 'evaluated':
        trace.count('cloud', 'accuracy', seconds, event.accuracy, { unitName: 'share of rows' })
        break
      case 'round-finished':
        seconds = event.virtualSeconds
    }
  }
  return trace.finish()
}

class TraceWriter {
  private readonly trace = new ProtobufWriter()
  /** Track numbers by the name of what they show. */
  private readonly tracks = new Map<string, number>()
  private flows = 0
  private empty = true

  process(device: string): number {
    return this.track(device, (uuid, descriptor) =>
      descriptor.bytes(DESCRIPTOR.process, new ProtobufWriter().integer(1, uuid).bytes(6, device)),
    )
  }

  count(device: string, name: string, seconds: number, value: number, { unit, unitName }: Unit): void {
    const parent = this.process(device)
    const track = this.track(`${device} ${name}`, (_, descriptor) => {
      const counter = new ProtobufWriter()
      if (unit !== undefined) counter.integer(3, unit)
      if (unitName !== undefined) counter.bytes(6, unitName)
      return descriptor.bytes(DESCRIPTOR.name, name).integer(DESCRIPTOR.parent, parent).bytes(DESCRIPTOR.counter, counter)
    })
    this.event(seconds, TYPE.counter, track, (event) => event.double(EVENT.double, value))
  }

  instant(device: string, name: string, seconds: number): void {
    this.event(seconds, TYPE.instant, this.process(device), (event) => event.bytes(EVENT.name, name))
  }

  /** The slices of a round, in the order in which they begin, and the flows between them. */
  round(round: number, tasks: readonly TaskSpan[]): void {
    const leaving = new Map<TaskSpan, number[]>()
    const arriving = new Map<TaskSpan, number[]>()
    for (const [from, to] of flowsOf(tasks)) {
      const flow = ++this.flows
      leaving.set(from, [...(leaving.get(from) ?? []), flow])
      arriving.set(to, [...(arriving.get(to) ?? []), flow])
    }
    for (const task of tasks.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
      const track = this.lane(task)
      this.event(task.startSeconds, TYPE.begin, track, (event) => {
        event.bytes(EVENT.category, task.kind).bytes(EVENT.name, nameOf(task))
        annotate(event, 'round', round)
        if (task.layer !== undefined) annotate(event, 'layer', task.layer)
        if (task.bytes !== undefined) annotate(event, 'bytes', task.bytes)
        for (const flow of leaving.get(task) ?? []) event.fixed64(EVENT.flow, flow)
        for (const flow of arriving.get(task) ?? []) event.fixed64(EVENT.lastOfFlow, flow)
      })
      this.event(task.endSeconds, TYPE.end, track, () => {})
    }
  }

  finish(): Uint8Array {
    return this.trace.finish()
  }

  private lane({ lane, device }: TaskSpan): number {
    const process = this.process(device)
    return this.track(`${device} ${lane}`, (uuid, descriptor) => {
      const thread = new ProtobufWriter()
        .integer(1, process)
        .integer(2, uuid)
        .bytes(5, lane.slice(lane.lastIndexOf('/') + 1))
      return descriptor.bytes(DESCRIPTOR.thread, thread)
    })
  }

  private track(name: string, describe: (uuid: number, descriptor: ProtobufWriter) => ProtobufWriter): number {
    const known = this.tracks.get(name)
    if (known !== undefined) return known
    const uuid = this.tracks.size + 1
    this.tracks.set(name, uuid)
    const descriptor = describe(uuid, new ProtobufWriter().integer(DESCRIPTOR.uuid, uuid))
    this.packet(0, (packet) => packet.bytes(PACKET.descriptor, descriptor))
    return uuid
  }

  private event(seconds: number, type: number, track: number, fill: (event: ProtobufWriter) => void): void {
    const event = new ProtobufWriter().integer(EVENT.type, type).integer(EVENT.track, track)
    fill(event)
    this.packet(seconds, (packet) => packet.bytes(PACKET.event, event))
  }

  private packet(seconds: number, fill: (packet: ProtobufWriter) => void): void {
    const packet = new ProtobufWriter().integer(PACKET.timestamp, Math.round(seconds * 1e9)).integer(PACKET.sequence, SEQUENCE)
    if (this.empty) packet.integer(PACKET.flags, STATE_CLEARED)
    this.empty = false
    fill(packet)
    this.trace.bytes(1, packet)
  }
}

/**
 * Draws an arrow from a message to the task it was sent for: coded directions to the phone's probes of the layer, scalars to the server, coefficients
 * to the update.
 */
function flowsOf(tasks: readonly TaskSpan[]): [from: TaskSpan, to: TaskSpan][] {
  const key = (device: string, kind: string, layer?: number): string => `${device} ${kind} ${layer ?? ''}`
  const first = new Map<string, TaskSpan>()
  for (const task of tasks) {
    for (const layer of new Set([undefined, task.layer])) {
      const name = key(task.device, task.kind, layer)
      if (!first.has(name)) first.set(name, task)
    }
  }
  const server = first.get(key('cloud', 'update'))
  return tasks.flatMap((task): [TaskSpan, TaskSpan][] => {
    const { kind, device, layer, id } = task
    if (kind === 'transfer-up') return pair(task, server)
    if (kind !== 'transfer-down') return []
    if (id === taskId(device, { kind, message: 'update' })) return [...pair(server, task), ...pair(task, first.get(key(device, 'update')))]
    return [...pair(first.get(key('cloud', 'encode', layer)), task), ...pair(task, first.get(key(device, 'probe', layer)))]
  })
}

function pair(from: TaskSpan | undefined, to: TaskSpan | undefined): [TaskSpan, TaskSpan][] {
  return from && to ? [[from, to]] : []
}

function nameOf(task: TaskSpan): string {
  const { kind, layer } = task
  const what = kind.startsWith('transfer-') ? withoutDevice(task).replaceAll('/', ' ') : kind
  return layer === undefined || what.endsWith(String(layer)) ? what : `${what}, layer ${layer}`
}

function annotate(event: ProtobufWriter, name: string, value: number): void {
  event.bytes(EVENT.annotation, new ProtobufWriter().bytes(10, name).integer(4, value))
}
