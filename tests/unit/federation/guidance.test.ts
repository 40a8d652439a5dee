/** Rounds whose directions come late, thinned out or not at all. */
import { describe, expect, test } from 'vitest'
import { cooper } from '#main/federation/methods/cooper.ts'
import type { Cloud } from '#main/federation/run-parts.ts'
import type { Method } from '#main/federation/methods/method.ts'
import { AdaptiveController } from '#main/network/controller/adaptive.ts'
import { basisAsked } from '#main/wire/direction-request.ts'
import type { CompressionController, Fallback } from '#main/network/controller/decision.ts'
import { clockOf, only, FakeCloud, FakePhones, ran, scenarioOf } from './fakes.ts'

const method = (randomDirections = 3, directions: 'class' | 'class-layer' = 'class'): Method =>
  cooper({ randomDirections, guidance: 'earned', mixing: 'switch', shrink: false, directions, monitors: 2 })

/** Falls back as told, round by round. */
class Scripted implements CompressionController {
  readonly name = 'scripted'
  private readonly inner = new AdaptiveController()
  private readonly script: Readonly<Record<number, Fallback>>

  constructor(script: Readonly<Record<number, Fallback>>) {
    this.script = script
  }

  choose(request: Parameters<CompressionController['choose']>[0]): ReturnType<CompressionController['choose']> {
    return { ...this.inner.choose(request), fallback: this.script[request.round] ?? null }
  }
}

/** In the order in which they happen to phones and cloud alike. */
async function calls(script: Readonly<Record<number, Fallback>>, change: Record<string, unknown> = {}) {
  const order: string[] = []
  const phones = new (class extends FakePhones {
    override async broadcast(kind: 'direction', bytes: Uint8Array) {
      order.push('phones receive')
      return super.broadcast(kind, bytes)
    }

    override async probe(...asked: Parameters<FakePhones['probe']>) {
      order.push(basisAsked(asked[0].directions) ? 'guided probes' : 'random probes')
      return super.probe(...asked)
    }

    override async update(bytes: Uint8Array) {
      order.push('update')
      return super.update(bytes)
    }
  })()
  const cloud = new (class extends FakeCloud {
    readonly options: unknown[] = []
    override async guide(...asked: Parameters<Cloud['guide']>) {
      order.push('cloud computes')
      this.options.push(asked[2])
      return super.guide(asked[0], asked[1])
    }

    override async receive() {
      order.push('cloud receives')
    }
  })()
  const scenario = scenarioOf({ stop: { rounds: 2 }, ...change })
  const { events } = await ran(method(), scenario, { controller: new Scripted(script), phones, cloud, policy: 'layerwise' })
  return { order, events, cloud }
}

const usual = ['cloud computes', 'phones receive', 'phones receive', 'guided probes', 'update']

describe('a round', () => {
  test('with stale guidance is probed and applied before anybody takes the new directions', async () => {
    const { order, events, cloud } = await calls({ 2: { kind: 'stale' } })
    expect(order.slice(0, 5)).toEqual(usual)
    expect(order.slice(5).toSorted()).toEqual(
      ['cloud computes', 'guided probes', 'update', 'cloud receives', 'cloud receives', 'phones receive', 'phones receive'].toSorted(),
    )
    expect(order.slice(5, 8)).toEqual(['cloud computes', 'guided probes', 'update'])
    expect(cloud.options).toEqual([{}, { hold: true }])
    const [first, second] = only(events, 'round-scheduled')
    expect([first!.probesNeed, second!.probesNeed]).toEqual(['all-layers', 'nothing'])
    const probe = second!.tasks.find(({ id }) => id === 'phone-0/probe/0')!
    expect(probe.after).toEqual([])
    expect(only(events, 'bits-chosen').map(({ fallback }) => fallback)).toEqual([undefined, { kind: 'stale' }])
    const [before, now] = [1, 2].map((round) => only(events, 'phone-reported').find((event) => event.round === round)!)
    expect(now!.bytesDown).toBe(before!.bytesDown)
  })

  test('is stale from the second one on where the scenario asks for it', async () => {
    const { order } = await calls({}, { schedule: { policy: 'layerwise', stale: true } })
    expect(order.slice(0, 5)).toEqual(usual)
    expect(order.slice(5, 8)).toEqual(['cloud computes', 'guided probes', 'update'])
  })

  test('without directions is a plain one, and says that nothing was sent', async () => {
    const { order, events } = await calls({ 2: { kind: 'plain' } })
    expect(order).toEqual([...usual, 'random probes', 'update'])
    expect(only(events, 'round-started')[1]!.plan).toMatchObject({ guidance: false, guided: false, shared: 3 })
    expect(only(events, 'bits-chosen')[1]).toMatchObject({ bits: [0, 0, 0], layerBytes: [0, 0, 0], fallback: { kind: 'plain' } })
    expect(only(events, 'update-applied')[1]!.source).toBe('random')
  })

  test('with sparse directions asks the cloud for the largest values alone', async () => {
    const { cloud, events } = await calls({ 1: { kind: 'sparse', keptShare: 0.01 } })
    expect(cloud.options[0]).toEqual({ keptShare: 0.01 })
    // 40 bytes of two directions of 24 values.
    expect(only(events, 'bits-chosen')[0]!.bits[0]).toBeCloseTo((40 * 8) / 48, 9)
  })
})

describe('a decision', () => {
  test('tells each layer’s reason, and each link as it was counted on and as it was', async () => {
    const { events } = await ran(method(), scenarioOf({ stop: { rounds: 3 } }), {
      controller: new AdaptiveController(),
      policy: 'layerwise',
      clock: clockOf('layerwise', 3, ['lte', 'slow-4g']),
    })
    for (const { reasons, links, controller, why } of only(events, 'bits-chosen')) {
      expect(controller).toBe('adaptive')
      expect(reasons!.map(({ layer }) => layer)).toEqual([0, 1, 2])
      for (const reason of reasons!) {
        expect(why[reason.layer]).toBe(reason.words)
        expect(reason.needSeconds).toBeGreaterThanOrEqual(0)
        expect(reason.bytes).toBe(reason.candidates.find(({ bits }) => bits === reason.bits)!.bytes)
      }
      expect(links!.map(({ phone, goodputBitsPerSecond }) => [phone, goodputBitsPerSecond])).toEqual([
        [0, 12e6],
        [1, 1.6e6],
        [2, 12e6],
      ])
      for (const { estimateBitsPerSecond, goodputBitsPerSecond } of links!)
        expect(estimateBitsPerSecond).toBeCloseTo(goodputBitsPerSecond, 0)
    }
    const sensitivities = only(events, 'bits-chosen').map(({ reasons }) => reasons!.map(({ sensitivity }) => sensitivity))
    expect(sensitivities).toEqual([
      [1, 1, 1],
      [1, 4, 9],
      [1, 4, 9],
    ])
  })

  test('counts on blockwise probes beginning with the layer that arrives first', async () => {
    const { events } = await ran(method(3, 'class-layer'), scenarioOf({ stop: { rounds: 1 } }), { policy: 'layerwise' })
    const { tasks, probesNeed } = only(events, 'round-scheduled')[0]!
    expect(probesNeed).toBe('own-layer')
    expect(tasks.find(({ id }) => id === 'phone-0/probe/2')!.after).toEqual(['phone-0/down/directions/2'])
  })
})
