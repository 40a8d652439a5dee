/** Everything waits: no phase begins, on any device, before the whole phase before it is over. Directions travel as one message. */
import type { RoundWork } from '../round-work.ts'
import type { Task } from '../task.ts'
import { aggregate, backpropOrder, cloudPasses, encode, guidedProbes, ids, transfer, unguidedProbe, update } from './stages.ts'

export function sequential(work: RoundWork): Task[] {
  const { forward, backward } = cloudPasses(work)
  const tasks = [...forward, ...backward]
  let barrier = ids(backward)
  const phase = (next: readonly Task[]): void => {
    tasks.push(...next)
    if (next.length > 0) barrier = ids(next)
  }
  const bytes = work.messageBytes.reduce((sum, each) => sum + each, 0)

  phase(backpropOrder(work).map((layer) => encode(work, layer, barrier)))
  if (bytes > 0) phase(work.phones.map((phone) => transfer(phone, 'down', 'directions', bytes, barrier)))
  phase(
    work.phones.flatMap((phone) =>
      [...unguidedProbe(phone, []), ...guidedProbes(work, phone, () => '')].map((task) => ({ ...task, after: barrier })),
    ),
  )
  phase(work.phones.map((phone) => transfer(phone, 'up', 'scalars', phone.upBytes, barrier)))
  phase([aggregate(work, barrier)])
  phase(work.phones.map((phone) => transfer(phone, 'down', 'update', phone.updateDownBytes, barrier)))
  phase(work.phones.map((phone) => update(phone, barrier)))
  return tasks
}
