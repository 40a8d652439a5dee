/**
 * Layer by layer: a layer's directions are coded and sent while the layer below is differentiated, and a phone probes as soon as what
 * its probes need has arrived.
 */
import type { RoundWork } from '../round-work.ts'
import type { Task } from '../task.ts'
import { phoneTail } from './phone-tail.ts'
import { backpropOrder, cloudPasses, encode, guidedProbes, transfer, unguidedProbe } from './stages.ts'

export function layerwise(work: RoundWork): Task[] {
  const { forward, backward } = cloudPasses(work)
  const order = backpropOrder(work)
  const encodings = order.map((layer) => encode(work, layer, [`cloud/backward/${layer}`]))
  const messages: Task[][] = []
  const probes = work.phones.map((phone) => {
    /** By layer, what its directions' arrival is. */
    const arrivals: string[] = []
    const sent: Task[] = []
    for (const layer of order) {
      const encoded = `cloud/encode/${layer}`
      const bytes = work.messageBytes[layer] as number
      if (bytes > 0) sent.push(transfer(phone, 'down', `directions/${layer}`, bytes, [encoded], layer))
      arrivals[layer] = bytes > 0 ? (sent.at(-1) as Task).id : encoded
    }
    messages.push(sent)
    return [...unguidedProbe(phone, []), ...guidedProbes(work, phone, (layer) => arrivals[layer] as string)]
  })
  return [...forward, ...backward, ...encodings, ...messages.flat(), ...probes.flat(), ...phoneTail(work, probes, messages)]
}
