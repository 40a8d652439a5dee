/**
 * Layer by layer: a layer's directions are coded and sent while the layer below is differentiated, and a phone probes as soon as what
 * its probes need has arrived. Where a direction moves all layers together, probes go upwards as a forward pass does: what waits to be
 * sent goes out lowest layer first, and a phone computes a layer while the next one's part travels. Backpropagation comes to the lowest
 * layer last; the parts of layers above are sent before it only if they are through by the time that it is there.
 */
import type { PhoneWork, RoundWork } from '../round-work.ts'
import { taskId } from '../task-id.ts'
import type { Task } from '../task.ts'
import { phoneTail } from './phone-tail.ts'
import { backpropOrder, cloudPasses, encode, guidedProbes, sendingOrder, transfer, unguidedProbe } from './stages.ts'

export function layerwise(work: RoundWork): Task[] {
  const lowest = lowestSent(work)
  const { forward, backward } = cloudPasses(work)
  const order = backpropOrder(work)
  const encodings = order.map((layer) => encode(work, layer, [taskId('cloud', { kind: 'backward', layer })]))
  const messages: Task[][] = []
  const probes = work.phones.map((phone) => {
    /** The id of the task with which each layer's directions arrive. */
    const arrivals: string[] = []
    const sent: Task[] = []
    const early = sentEarly(work, phone)
    for (const layer of sendingOrder(work)) {
      const encoded = taskId('cloud', { kind: 'encode', layer })
      const bytes = work.messageBytes[layer] as number
      const after = early.has(layer) ? [encoded] : [encoded, taskId('cloud', { kind: 'encode', layer: lowest })]
      if (bytes > 0) sent.push(transfer(phone, 'down', 'directions', bytes, after, layer))
      arrivals[layer] = bytes > 0 ? (sent.at(-1) as Task).id : encoded
    }
    messages.push(sent)
    return [...unguidedProbe(phone, []), ...guidedProbes(work, phone, (layer) => arrivals[layer] as string)]
  })
  return [...forward, ...backward, ...encodings, ...messages.flat(), ...probes.flat(), ...phoneTail(work, probes, messages)]
}

function lowestSent({ messageBytes }: RoundWork): number {
  return messageBytes.findIndex((bytes) => bytes > 0)
}

/** Layers that delay no others: they are through, one after the other, by the time that the lowest layer is differentiated. */
function sentEarly(work: RoundWork, { expectedDownSeconds }: PhoneWork): Set<number> {
  const { expectedCloudSeconds, messageBytes, cloud, probesNeed } = work
  const order = backpropOrder(work)
  if (probesNeed !== 'all-layers' || !expectedDownSeconds || !expectedCloudSeconds) return new Set(order)
  const lowest = lowestSent(work)
  const untilLowest = (layer: number): number =>
    expectedCloudSeconds(cloud.backwardFlop.slice(lowest, layer).reduce((sum, flop) => sum + flop, 0))
  const early = new Set([lowest])
  /** Counted back from when the lowest layer is ready. */
  let freeSeconds = Infinity
  for (const layer of order.filter((above) => above > lowest)) {
    const left = Math.min(freeSeconds, untilLowest(layer)) - expectedDownSeconds(messageBytes[layer]!)
    if (left < 0) continue
    early.add(layer)
    freeSeconds = left
  }
  return early
}
