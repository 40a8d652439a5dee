import { expect, test } from 'vitest'
import type { PhoneView } from '#shared/events/session-view.ts'
import { baseArea, residentArea, residentLine } from '#renderer/charts/memory/curve-path.ts'
import { barsEnd, curveTop, fullness, inOrder, processMemories } from '#renderer/charts/memory/memory-model.ts'
import { byteScale } from '#renderer/charts/series/byte-scale.ts'

const MIB = 2 ** 20

function phone(id: string, peakMib: number, capMib: number, more: Partial<PhoneView> = {}): PhoneView {
  const cap = { bytes: capMib * MIB, mechanism: 'rlimit-data', enforced: true }
  const none = {
    link: 'lte',
    rows: 1,
    state: 'running',
    memory: [],
    forwardPasses: 0,
    bytesUp: 0,
    bytesDown: 0,
    restarts: 0,
    lastEnd: null,
  } as const
  const rest = { heat: 0, energyJoules: 0, batteryShare: null, numbers: {} }
  const sizes = { idleBytes: 80 * MIB, residentBytes: peakMib * MIB, peakBytes: peakMib * MIB }
  return { id, profile: id, cap, capHits: 0, ...none, ...rest, ...sizes, ...more }
}

const hit = (index: number) =>
  ({ seq: 1, round: 2, virtualSeconds: 7, kind: 'cap-hit', phone: index, words: 'hit its cap', doing: 'probing' }) as const

test('cap hits are those of the phone itself, told with its name, and crashes are none', () => {
  const phones = [phone('go-1', 100, 160), phone('go-10', 100, 160)]
  const [one, ten] = processMemories({ phones, cloud: null, markers: [hit(0), { ...hit(1), kind: 'crash' }] }, new Map(), 'Cloud')
  expect(one!.hits).toStrictEqual([{ seconds: 7, words: 'go-1 hit its cap while probing' }])
  expect(ten!.hits).toHaveLength(0)
})

test('the cloud comes first and has no cap; phones follow, the fullest first', () => {
  const cloud = { residentBytes: 5, peakBytes: 500 * MIB, memory: [] }
  const all = processMemories({ phones: [phone('a', 100, 1000), phone('b', 150, 160)], cloud, markers: [] }, new Map([['b', 7]]), 'Cloud')
  expect(inOrder(all, 'fullest').map(({ name }) => name)).toStrictEqual(['Cloud', 'b', 'a'])
  expect(inOrder(all, 'fleet').map(({ name }) => name)).toStrictEqual(['Cloud', 'a', 'b'])
  expect(fullness(all[0]!)).toBe(0)
  expect(all.map(({ backpropBytes }) => backpropBytes)).toStrictEqual([null, null, 7])
})

test('a near cap is inside the curve, a far one is not and leaves the curve its height', () => {
  const [near, far] = processMemories({ phones: [phone('a', 110, 160), phone('b', 110, 3000)], cloud: null, markers: [] }, new Map(), '')
  expect(curveTop(near!)).toBeGreaterThan(160 * MIB)
  expect(curveTop(far!)).toBeLessThan(200 * MIB)
})

test('bars reach as far as what backpropagation takes; caps far beyond it don’t stretch them', () => {
  const phones = [phone('a', 110, 160), phone('b', 110, 9000)]
  const end = barsEnd(processMemories({ phones, cloud: null, markers: [] }, new Map([['a', 400 * MIB]]), ''))
  expect(end).toBeGreaterThan(400 * MIB)
  expect(end).toBeLessThan(500 * MIB)
})

test('areas end on the floor they stand on and never go below it', () => {
  const sample = (seconds: number, residentBytes: number) => ({ seconds, residentBytes, peakBytes: 0, measurements: 1 })
  const samples = [sample(0, 40), sample(5, 100), sample(10, 20)]
  const box = { endSeconds: 10, topBytes: 100 }
  expect(residentLine(samples, box)).toBe('M0 600L500 0L1000 800')
  expect(residentArea(samples, 30, box)).toBe('M0 700L0 600L500 0L1000 700L1000 700Z')
  expect(baseArea(samples, 30, box)).toBe('M0 1000L0 700L500 700L1000 800L1000 1000Z')
  expect(residentArea([], 0, box)).toBe('')
})

test('axes of bytes end at a tick and have ticks at powers of two', () => {
  expect(byteScale(300, 2)).toStrictEqual({ max: 512, interval: 256 })
  expect(byteScale(100 * MIB, 3)).toStrictEqual({ max: 128 * MIB, interval: 64 * MIB })
  expect(byteScale(0, 2)).toStrictEqual({ max: 1, interval: 1 })
})
