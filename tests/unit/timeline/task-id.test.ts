import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idAtMoment, taskId, withoutDevice } from '#main/timeline/task-id.ts'

type Named = Parameters<typeof taskId>[1]

const layer = fc.nat(99)
const someLayer = fc.option(layer, { nil: undefined })
const message = fc.constantFrom('directions' as const, 'missed' as const, 'scalars' as const, 'update' as const)
const task: fc.Arbitrary<Named> = fc.oneof(
  fc.record({ kind: fc.constantFrom('forward' as const, 'backward' as const, 'encode' as const), layer }),
  fc.record({ kind: fc.constant('probe' as const), layer: someLayer }),
  fc.record({ kind: fc.constantFrom('transfer-down' as const, 'transfer-up' as const), message, layer: someLayer }),
  fc.record({ kind: fc.constantFrom('update' as const, 'wait' as const) }),
)

test('ids are those in the sessions that are stored', () => {
  const ids = [
    taskId('cloud', { kind: 'forward', layer: 0 }),
    taskId('cloud', { kind: 'backward', layer: 1 }),
    taskId('cloud', { kind: 'encode', layer: 12 }),
    taskId('cloud', { kind: 'update' }),
    taskId('cloud', { kind: 'wait' }),
    taskId('pixel-4-1', { kind: 'transfer-down', message: 'missed' }),
    taskId('pixel-4-1', { kind: 'transfer-down', message: 'directions' }),
    taskId('pixel-4-1', { kind: 'transfer-down', message: 'directions', layer: 3 }),
    taskId('pixel-4-1', { kind: 'probe', layer: 3 }),
    taskId('pixel-4-1', { kind: 'probe' }),
    taskId('pixel-4-1', { kind: 'transfer-up', message: 'scalars' }),
    taskId('pixel-4-1', { kind: 'transfer-down', message: 'update' }),
    idAtMoment(taskId('pixel-4-1', { kind: 'update' }), 7),
  ]
  expect(ids).toEqual([
    'cloud/forward/0',
    'cloud/backward/1',
    'cloud/encode/12',
    'cloud/update',
    'cloud/deadline',
    'pixel-4-1/down/missed',
    'pixel-4-1/down/directions',
    'pixel-4-1/down/directions/3',
    'pixel-4-1/probe/3',
    'pixel-4-1/probe/unguided',
    'pixel-4-1/up/scalars',
    'pixel-4-1/down/update',
    'pixel-4-1/update#7',
  ])
})

test('different tasks of a device have different ids', () => {
  const plain = (named: Named): string => JSON.stringify(named, Object.keys(named).sort())
  fc.assert(
    fc.property(task, task, (a, b) => {
      expect(taskId('phone', a) === taskId('phone', b)).toBe(plain(a) === plain(b))
    }),
  )
})

test('an id begins with its device, whatever that is called', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), task, (device, other, named) => {
      expect(withoutDevice({ id: taskId(device, named), device })).toBe(withoutDevice({ id: taskId(other, named), device: other }))
    }),
  )
})
