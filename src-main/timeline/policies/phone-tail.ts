/** The end of a round where no phone waits for another but at the server: scalars up, aggregate, coefficients down, update. */
import type { RoundWork } from '../round-work.ts'
import { taskId } from '../task-id.ts'
import type { Task } from '../task.ts'
import { aggregate, ids, transfer, update } from './stages.ts'

/** `probes[i]` are the probe tasks of phone i, `messages[i]` its directions: all of them are there when it updates. */
export function phoneTail(work: RoundWork, probes: readonly (readonly Task[])[], messages: readonly (readonly Task[])[]): Task[] {
  const up = work.phones.map((phone, index) => transfer(phone, 'up', 'scalars', phone.upBytes, ids(probes[index] ?? [])))
  const server = aggregate(work, [...ids(up), ...work.cloud.backwardFlop.map((_, layer) => taskId('cloud', { kind: 'backward', layer }))])
  const down = work.phones.flatMap((phone, index) => {
    const message = transfer(phone, 'down', 'update', phone.updateDownBytes, [server.id, ...ids(messages[index] ?? [])])
    return [message, update(phone, [message.id])]
  })
  return [...up, server, ...down]
}
