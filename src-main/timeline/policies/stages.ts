/** The tasks that every policy makes of a round, with what they wait for left to the policy. */
import type { PhoneWork, RoundWork } from '../round-work.ts'
import type { Task } from '../task.ts'

/** Last layer first: the order in which backpropagation produces gradients. */
export function backpropOrder(work: RoundWork): number[] {
  return work.messageBytes.map((_, layer) => layer).reverse()
}

/** All forward passes, then all backward passes, last layer first. */
export function cloudPasses(work: RoundWork): { forward: Task[]; backward: Task[] } {
  const base = { lane: 'cloud/compute', device: 'cloud' } as const
  const forward = work.cloud.forwardSeconds.map((seconds, layer): Task => ({
    ...base,
    id: `cloud/forward/${layer}`,
    kind: 'forward',
    seconds,
    layer,
    after: layer > 0 ? [`cloud/forward/${layer - 1}`] : [],
  }))
  const last = work.messageBytes.length - 1
  const backward = backpropOrder(work).map((layer): Task => ({
    ...base,
    id: `cloud/backward/${layer}`,
    kind: 'backward',
    seconds: work.cloud.backwardSeconds[layer] ?? NaN,
    layer,
    after: [layer === last ? `cloud/forward/${last}` : `cloud/backward/${layer + 1}`],
  }))
  return { forward, backward }
}

export function encode(work: RoundWork, layer: number, after: readonly string[]): Task {
  const seconds = work.cloud.encodeSeconds[layer] ?? NaN
  return { id: `cloud/encode/${layer}`, lane: 'cloud/encode', device: 'cloud', kind: 'encode', seconds, layer, after }
}

/** A message to or from a phone; `name` tells it from the phone's other messages. */
export function transfer(
  phone: PhoneWork,
  way: 'down' | 'up',
  name: string,
  bytes: number,
  after: readonly string[],
  layer?: number,
): Task {
  const occupied = way === 'down' ? phone.downSeconds : phone.upSeconds
  return {
    id: `${phone.id}/${way}/${name}`,
    lane: `${phone.cell === undefined ? phone.id : `cell/${phone.cell}`}/${way}link`,
    device: phone.id,
    kind: way === 'down' ? 'transfer-down' : 'transfer-up',
    seconds: (startSeconds) => occupied(bytes, startSeconds),
    latencySeconds: (endSeconds) => phone.latencySeconds?.(way, endSeconds) ?? 0,
    bytes,
    after,
    ...(layer === undefined ? {} : { layer }),
  }
}

export function probe(phone: PhoneWork, layer: number, after: readonly string[]): Task {
  const seconds = phone.probeSeconds[layer] ?? NaN
  return { id: `${phone.id}/probe/${layer}`, lane: `${phone.id}/compute`, device: phone.id, kind: 'probe', seconds, layer, after }
}

/**
 * The probes along guided directions: layers in the order of their arrival where each needs only its own part, else as a forward pass
 * goes through them. @param arrival id of the task that brings a layer's directions
 */
export function guidedProbes(work: RoundWork, phone: PhoneWork, arrival: (layer: number) => string): Task[] {
  const { probesNeed } = work
  const order = backpropOrder(work)
  if (order.length === 0) return phone.probeSeconds.map((_, at) => probe(phone, at, []))
  if (probesNeed === 'own-layer') return order.map((layer) => probe(phone, layer, [arrival(layer)]))
  const needed = probesNeed === 'nothing' ? [] : [...new Set(order.map(arrival))]
  return phone.probeSeconds.map((_, layer) => probe(phone, layer, needed))
}

/** The probes along random directions, if the round has any. */
export function unguidedProbe(phone: PhoneWork, after: readonly string[]): Task[] {
  const seconds = phone.unguidedProbeSeconds ?? 0
  if (seconds === 0) return []
  return [{ id: `${phone.id}/probe/unguided`, lane: `${phone.id}/compute`, device: phone.id, kind: 'probe', seconds, after }]
}

export function aggregate(work: RoundWork, after: readonly string[]): Task {
  return { id: 'cloud/update', lane: 'cloud/compute', device: 'cloud', kind: 'update', seconds: work.serverSeconds, after }
}

export function update(phone: PhoneWork, after: readonly string[]): Task {
  return { id: `${phone.id}/update`, lane: `${phone.id}/compute`, device: phone.id, kind: 'update', seconds: phone.updateSeconds, after }
}

export function ids(tasks: readonly Task[]): string[] {
  return tasks.map((task) => task.id)
}
