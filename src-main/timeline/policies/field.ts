/** Adds the conditions of the field to a round under any policy: messages a phone had missed come first, and the server waits until a deadline. */
import type { RoundWork } from '../round-work.ts'
import { taskId } from '../task-id.ts'
import type { Task } from '../task.ts'
import { transfer } from './stages.ts'

const SERVER_UPDATE = taskId('cloud', { kind: 'update' })

export function withField(work: RoundWork, tasks: readonly Task[]): Task[] {
  const missed = work.phones.flatMap((phone) => (phone.missedBytes ? [transfer(phone, 'down', 'missed', phone.missedBytes, [])] : []))
  const behind = new Map(missed.map((task) => [task.device, task.id]))
  const { serverFromSeconds } = work
  const deadline = serverFromSeconds === undefined ? [] : [wait(serverFromSeconds)]
  const changed = tasks.map((task): Task => {
    const first = task.kind === 'probe' ? behind.get(task.device) : undefined
    const after = [
      ...task.after,
      ...(first === undefined ? [] : [first]),
      ...(task.id === SERVER_UPDATE ? deadline.map(({ id }) => id) : []),
    ]
    return after.length > task.after.length ? { ...task, after } : task
  })
  return [...missed, ...deadline, ...changed]
}

function wait(untilSeconds: number): Task {
  const seconds = (startSeconds: number): number => Math.max(0, untilSeconds - startSeconds)
  return { id: taskId('cloud', { kind: 'wait' }), lane: 'cloud/deadline', device: 'cloud', kind: 'wait', seconds, after: [] }
}
