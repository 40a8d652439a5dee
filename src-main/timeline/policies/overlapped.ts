/** Whole messages, but nobody waits for others: a phone probes as soon as its own directions have arrived, random directions at once. */
import type { RoundWork } from '../round-work.ts'
import type { Task } from '../task.ts'
import { phoneTail } from './phone-tail.ts'
import { backpropOrder, cloudPasses, encode, ids, probe, transfer, unguidedProbe } from './stages.ts'

export function overlapped(work: RoundWork): Task[] {
  const { forward, backward } = cloudPasses(work)
  const order = backpropOrder(work)
  const encodings = order.map((layer) => encode(work, layer, ids(backward)))
  const bytes = work.messageBytes.reduce((sum, each) => sum + each, 0)
  const messages = bytes > 0 ? work.phones.map((phone) => transfer(phone, 'down', 'directions', bytes, ids(encodings))) : []
  const probes = work.phones.map((phone, index) => {
    const arrived = messages[index] ? [messages[index].id] : ids(encodings)
    return [...unguidedProbe(phone, []), ...phone.probeSeconds.map((_, at) => probe(phone, order[at] ?? at, arrived))]
  })
  return [...forward, ...backward, ...encodings, ...messages, ...probes.flat(), ...phoneTail(work, probes)]
}
