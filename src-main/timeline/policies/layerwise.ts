/**
 * Layer by layer: a layer's directions are coded and sent while the layer below is differentiated, and a phone probes a layer as
 * soon as its directions have arrived.
 */
import type { RoundWork } from '../round-work.ts'
import type { Task } from '../task.ts'
import { phoneTail } from './phone-tail.ts'
import { backpropOrder, cloudPasses, encode, probe, transfer, unguidedProbe } from './stages.ts'

export function layerwise(work: RoundWork): Task[] {
  const { forward, backward } = cloudPasses(work)
  const order = backpropOrder(work)
  const encodings = order.map((layer) => encode(work, layer, [`cloud/backward/${layer}`]))
  const messages: Task[] = []
  const probes = work.phones.map((phone) => {
    const guided = phone.probeSeconds.map((_, at) => {
      const layer = order[at] ?? at
      if (order.length === 0) return probe(phone, layer, [])
      const bytes = work.messageBytes[layer] as number
      if (bytes === 0) return probe(phone, layer, [`cloud/encode/${layer}`])
      const message = transfer(phone, 'down', `directions/${layer}`, bytes, [`cloud/encode/${layer}`], layer)
      messages.push(message)
      return probe(phone, layer, [message.id])
    })
    return [...unguidedProbe(phone, []), ...guided]
  })
  return [...forward, ...backward, ...encodings, ...messages, ...probes.flat(), ...phoneTail(work, probes)]
}
