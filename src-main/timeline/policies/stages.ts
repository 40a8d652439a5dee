/** The tasks that every policy makes of a round, with what they wait for left to the policy. */
import type { ComputePace, PhoneWork, RoundWork } from '../round-work.ts'
import { type Message, taskId } from '../task-id.ts'
import type { Task } from '../task.ts'

/** A missing amount shows up as a cost of NaN, which the simulation refuses. */
function computing(flop: number | undefined, pace: ComputePace): Pick<Task, 'flop' | 'seconds'> {
  return flop === undefined ? { seconds: NaN } : { flop, seconds: (startSeconds) => pace(flop, startSeconds) }
}

/** Last layer first: the order in which backpropagation produces gradients. */
export function backpropOrder(work: RoundWork): number[] {
  return work.messageBytes.map((_, layer) => layer).reverse()
}

/** Orders the messages that wait for a link by when their layers are needed. */
export function sendingOrder(work: RoundWork): number[] {
  return work.probesNeed === 'all-layers' ? backpropOrder(work).reverse() : backpropOrder(work)
}

/** Lists all forward passes, then all backward passes, last layer first. */
export function cloudPasses(work: RoundWork): { forward: Task[]; backward: Task[] } {
  const base = { lane: 'cloud/compute', device: 'cloud' } as const
  const forward = work.cloud.forwardFlop.map((flop, layer): Task => ({
    ...base,
    ...computing(flop, work.cloudPace),
    id: taskId('cloud', { kind: 'forward', layer }),
    kind: 'forward',
    layer,
    after: layer > 0 ? [taskId('cloud', { kind: 'forward', layer: layer - 1 })] : [],
  }))
  const last = work.messageBytes.length - 1
  const backward = backpropOrder(work).map((layer): Task => ({
    ...base,
    ...computing(work.cloud.backwardFlop[layer], work.cloudPace),
    id: taskId('cloud', { kind: 'backward', layer }),
    kind: 'backward',
    layer,
    after: [taskId('cloud', layer === last ? { kind: 'forward', layer } : { kind: 'backward', layer: layer + 1 })],
  }))
  return { forward, backward }
}

export function encode(work: RoundWork, layer: number, after: readonly string[]): Task {
  const cost = computing(work.cloud.encodeFlop[layer], work.encodePace)
  return { id: taskId('cloud', { kind: 'encode', layer }), lane: 'cloud/encode', device: 'cloud', kind: 'encode', ...cost, layer, after }
}

/** The way of a message to or from a phone. @param layer the layer it is about, unless about all */
export function transfer(
  phone: PhoneWork,
  way: 'down' | 'up',
  message: Message,
  bytes: number,
  after: readonly string[],
  layer?: number,
): Task {
  const occupied = way === 'down' ? phone.downSeconds : phone.upSeconds
  const kind = `transfer-${way}` as const
  return {
    id: taskId(phone.id, { kind, message, layer }),
    lane: `${phone.cell === undefined ? phone.id : `cell/${phone.cell}`}/${way}link`,
    device: phone.id,
    kind,
    message,
    seconds: (startSeconds) => occupied(bytes, startSeconds),
    latencySeconds: (endSeconds) => phone.latencySeconds?.(way, endSeconds) ?? 0,
    bytes,
    after,
    ...(layer === undefined ? {} : { layer }),
  }
}

export function probe(phone: PhoneWork, layer: number, after: readonly string[]): Task {
  const cost = computing(phone.probeFlop[layer], phone.pace)
  return {
    id: taskId(phone.id, { kind: 'probe', layer }),
    lane: `${phone.id}/compute`,
    device: phone.id,
    kind: 'probe',
    ...cost,
    layer,
    after,
  }
}

/**
 * The probes along guided directions: layers in the order of their arrival where each needs only its own part, else as a forward pass
 * goes through them, each once the parts up to its own are there. @param arrival id of the task that brings a layer's directions
 */
export function guidedProbes(work: RoundWork, phone: PhoneWork, arrival: (layer: number) => string): Task[] {
  const { probesNeed } = work
  const order = backpropOrder(work)
  if (order.length === 0) return phone.probeFlop.map((_, at) => probe(phone, at, []))
  if (probesNeed === 'own-layer') return order.map((layer) => probe(phone, layer, [arrival(layer)]))
  if (probesNeed === 'nothing') return phone.probeFlop.map((_, layer) => probe(phone, layer, []))
  return phone.probeFlop.map((_, layer) =>
    probe(phone, layer, [arrival(layer), ...(layer > 0 ? [taskId(phone.id, { kind: 'probe', layer: layer - 1 })] : [])]),
  )
}

/** The probes along random directions, if the round has any. */
export function unguidedProbe(phone: PhoneWork, after: readonly string[]): Task[] {
  const flop = phone.unguidedProbeFlop ?? 0
  if (flop === 0) return []
  const cost = computing(flop, phone.pace)
  return [{ id: taskId(phone.id, { kind: 'probe' }), lane: `${phone.id}/compute`, device: phone.id, kind: 'probe', ...cost, after }]
}

export function aggregate(work: RoundWork, after: readonly string[]): Task {
  return {
    id: taskId('cloud', { kind: 'update' }),
    lane: 'cloud/compute',
    device: 'cloud',
    kind: 'update',
    ...computing(work.serverFlop, work.cloudPace),
    after,
  }
}

export function update(phone: PhoneWork, after: readonly string[]): Task {
  const cost = computing(phone.updateFlop, phone.pace)
  return { id: taskId(phone.id, { kind: 'update' }), lane: `${phone.id}/compute`, device: phone.id, kind: 'update', ...cost, after }
}

export function ids(tasks: readonly Task[]): string[] {
  return tasks.map((task) => task.id)
}
