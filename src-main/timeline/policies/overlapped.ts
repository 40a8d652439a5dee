/**
 * The overlapped policy sends whole messages, but no phone waits for another: each probes as soon as its own directions have arrived, random
 * directions at once.
 */
import type { RoundWork } from '../round-work.ts'
import { taskId } from '../task-id.ts'
import type { Task } from '../task.ts'
import { phoneTail } from './phone-tail.ts'
import { backpropOrder, cloudPasses, encode, guidedProbes, ids, transfer, unguidedProbe } from './stages.ts'

export function overlapped(work: RoundWork): Task[] {
  const { forward, backward } = cloudPasses(work)
  const encodings = backpropOrder(work).map((layer) => encode(work, layer, ids(backward)))
  const bytes = work.messageBytes.reduce((sum, each) => sum + each, 0)
  const messages = work.phones.map((phone) => (bytes > 0 ? [transfer(phone, 'down', 'directions', bytes, ids(encodings))] : []))
  const probes = work.phones.map((phone, index) => {
    const arrived = messages[index]?.[0]?.id
    return [...unguidedProbe(phone, []), ...guidedProbes(work, phone, (layer) => arrived ?? taskId('cloud', { kind: 'encode', layer }))]
  })
  return [...forward, ...backward, ...encodings, ...messages.flat(), ...probes.flat(), ...phoneTail(work, probes, messages)]
}
