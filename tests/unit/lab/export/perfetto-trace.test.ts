import { describe, expect, it } from 'vitest'
import type { LabEvent } from '#shared/events/event.ts'
import type { TaskSpan } from '#shared/events/round-schedule.ts'
import { perfettoTrace } from '#main/lab/export/perfetto-trace.ts'

type Fields = Map<number, (bigint | Uint8Array)[]>

/** Decodes one message of the wire format: varints and fixed numbers as bigint, the rest as bytes. */
function decode(bytes: Uint8Array): Fields {
  const fields: Fields = new Map()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = Number(varint())
    let value: bigint | Uint8Array
    if ((key & 7) === 0) value = varint()
    else if ((key & 7) === 1) {
      value = view.getBigUint64(at, true)
      at += 8
    } else if ((key & 7) === 2) {
      const length = Number(varint())
      value = bytes.subarray(at, at + length)
      at += length
    } else throw new Error(`wire type ${key & 7}`)
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value])
  }
  return fields
}

const message = (fields: Fields, field: number): Fields | null => (fields.has(field) ? decode(fields.get(field)![0] as Uint8Array) : null)
const number = (fields: Fields, field: number): number => Number(fields.get(field)![0])
const words = (fields: Fields, field: number): string => new TextDecoder().decode(fields.get(field)![0] as Uint8Array)
const double = (fields: Fields, field: number): number => {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, fields.get(field)![0] as bigint)
  return view.getFloat64(0)
}

const span = (id: string, lane: string, kind: string, start: number, end: number, more: Partial<TaskSpan> = {}): TaskSpan => ({
  id,
  lane,
  kind,
  device: lane.split('/')[0]!,
  startSeconds: start,
  endSeconds: end,
  ...more,
})

const EVENTS = [
  { kind: 'session-started', phones: [{ id: 'alpha' }] },
  {
    kind: 'bits-chosen',
    round: 1,
    bits: [4],
    why: [''],
    layerBytes: [100],
    links: [{ phone: 0, estimateBitsPerSecond: 3e6, goodputBitsPerSecond: 4e6 }],
  },
  {
    kind: 'round-scheduled',
    round: 1,
    startSeconds: 0,
    endSeconds: 2,
    overlapRatio: 0,
    devices: [
      { device: 'cloud', heat: 0, totalJoules: 7, batteryShare: null },
      { device: 'alpha', heat: 0.25, totalJoules: 5, batteryShare: 0.75 },
    ],
    tasks: [
      span('cloud/encode/0', 'cloud/encode', 'encode', 0, 0.25, { layer: 0 }),
      span('alpha/down/directions/0', 'alpha/downlink', 'transfer-down', 0.25, 1, { layer: 0, bytes: 100 }),
      span('alpha/probe/0', 'alpha/compute', 'probe', 1, 1.25, { layer: 0 }),
      span('alpha/up/scalars', 'alpha/uplink', 'transfer-up', 1.25, 1.5, { bytes: 40 }),
      span('cloud/update', 'cloud/compute', 'update', 1.5, 1.75),
      span('alpha/down/update', 'alpha/downlink', 'transfer-down', 1.75, 1.9, { bytes: 30 }),
      span('alpha/update', 'alpha/compute', 'update', 1.9, 2),
    ],
  },
  { kind: 'memory-sampled', phone: 0, residentBytes: 1.5e8, peakBytes: 2e8 },
  { kind: 'evaluated', round: 1, accuracy: 0.625, loss: 1, rows: 8 },
  { kind: 'round-finished', round: 1, virtualSeconds: 2 },
  { kind: 'phone-ended', phone: 0, round: 2, reason: 'cap-hit', words: 'reached its cap', doing: 'probing', final: false },
] as unknown as LabEvent[]

const packets = decode(perfettoTrace(EVENTS))
  .get(1)!
  .map((bytes) => decode(bytes as Uint8Array))
const descriptors = packets.flatMap((packet) => message(packet, 60) ?? [])
const events = packets.flatMap((packet) => {
  const event = message(packet, 11)
  return event ? [{ nanoseconds: number(packet, 8), event, type: number(event, 9), track: number(event, 11) }] : []
})
const byName = (name: string) => events.find(({ event, type }) => type === 1 && words(event, 23) === name)!

describe('perfettoTrace', () => {
  it('is of one writer whose state begins with the first packet', () => {
    expect(new Set(packets.map((packet) => number(packet, 10)))).toEqual(new Set([1]))
    expect(packets.map((packet) => packet.has(13))).toEqual(packets.map((_, i) => i === 0))
  })

  it('describes every track before it is used, each once', () => {
    const known = new Set<number>()
    for (const packet of packets) {
      const descriptor = message(packet, 60)
      const event = message(packet, 11)
      if (descriptor) {
        expect(known.has(number(descriptor, 1))).toBe(false)
        known.add(number(descriptor, 1))
      }
      if (event) expect(known.has(number(event, 11))).toBe(true)
    }
  })

  it('has a process per device and a thread per lane in it', () => {
    const processes = new Map(
      descriptors.flatMap((d) => {
        const process = message(d, 3)
        return process ? [[number(process, 1), words(process, 6)] as const] : []
      }),
    )
    expect([...processes.values()]).toEqual(['cloud', 'alpha'])
    const threads = descriptors.flatMap((d) => {
      const thread = message(d, 4)
      return thread ? [`${processes.get(number(thread, 1))}: ${words(thread, 5)}`] : []
    })
    expect(threads.sort()).toEqual(['alpha: compute', 'alpha: downlink', 'alpha: uplink', 'cloud: compute', 'cloud: encode'])
  })

  it('begins and ends a slice at the virtual time of its task, with round, layer and bytes', () => {
    const begin = byName('down directions 0')
    expect(begin.nanoseconds).toBe(250_000_000)
    const end = events.slice(events.indexOf(begin) + 1).find(({ track, type }) => track === begin.track && type === 2)!
    expect(end.nanoseconds).toBe(1_000_000_000)
    const notes = begin.event.get(4)!.map((bytes) => decode(bytes as Uint8Array))
    expect(Object.fromEntries(notes.map((note) => [words(note, 10), number(note, 4)]))).toEqual({ round: 1, layer: 0, bytes: 100 })
  })

  it.each([
    ['encode, layer 0', 'down directions 0'],
    ['down directions 0', 'probe, layer 0'],
    ['up scalars', 'update'],
    ['update', 'down update'],
  ])('draws an arrow from %s to %s', (from, to) => {
    const leaving = byName(from).event.get(47) ?? []
    const arriving = byName(to).event.get(48) ?? []
    expect(leaving.filter((flow) => arriving.includes(flow))).toHaveLength(1)
  })

  it('counts memory, link, heat, energy and battery on the phone, bits per layer and accuracy on the cloud, each with its unit', () => {
    const counters = descriptors.filter((d) => d.has(8)).map((d) => ({ name: words(d, 2), uuid: number(d, 1), unit: message(d, 8)! }))
    const rows = counters.map(({ name, uuid, unit }) => [
      name,
      events.filter(({ track }) => track === uuid).map(({ event }) => double(event, 44)),
      unit.has(6) ? words(unit, 6) : number(unit, 3),
    ])
    expect(rows).toEqual([
      ['bits of layer 0', [4], 'bits'],
      ['downlink goodput', [4e6], 'bit/s'],
      ['downlink goodput counted on', [3e6], 'bit/s'],
      ['energy of computing', [7], 'J'],
      ['heat', [0], '%'],
      ['energy of computing', [5], 'J'],
      ['heat', [25], '%'],
      ['battery', [75], '%'],
      ['resident memory', [1.5e8], 3],
      ['accuracy', [0.625], 'share of rows'],
    ])
  })

  it('marks how a phone ended when it did', () => {
    const mark = events.find(({ type }) => type === 3)
    expect(words(mark!.event, 23)).toBe('reached its cap while probing')
    expect(mark!.nanoseconds).toBe(2_000_000_000)
  })
})
