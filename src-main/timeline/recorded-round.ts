/** Reads back from a schedule event what a round had to compute and to send, so that any policy can schedule it again. */
import type { LabEvent } from '#shared/events/event.ts'
import type { TaskSpan } from '#shared/events/round-schedule.ts'
import type { PhoneAmounts, RoundAmounts } from './round-work.ts'
import { type Message, taskId } from './task-id.ts'

export type RoundScheduled = Extract<LabEvent, { kind: 'round-scheduled' }>

/** @returns null if the event is not about a round that a policy scheduled */
export function recordedAmounts({ tasks, policy, probesNeed, messageBytes }: RoundScheduled): RoundAmounts | null {
  if (!policy || !probesNeed || !messageBytes) return null
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const flop = (id: string): number => byId.get(id)?.flop ?? 0
  const perLayer = (kind: 'forward' | 'backward' | 'encode'): number[] =>
    messageBytes.map((_, layer) => flop(taskId('cloud', { kind, layer })))
  const deadline = byId.get(taskId('cloud', { kind: 'wait' }))
  return {
    cloud: { forwardFlop: perLayer('forward'), backwardFlop: perLayer('backward'), encodeFlop: perLayer('encode') },
    probesNeed,
    messageBytes,
    phones: phonesOf(tasks).map((id): PhoneAmounts => {
      const bytes = (way: 'down' | 'up', message: Message): number => byId.get(taskId(id, { kind: `transfer-${way}`, message }))?.bytes ?? 0
      return {
        id,
        probeFlop: probesOf(id, byId),
        unguidedProbeFlop: flop(taskId(id, { kind: 'probe' })),
        missedBytes: bytes('down', 'missed'),
        upBytes: bytes('up', 'scalars'),
        updateDownBytes: bytes('down', 'update'),
        updateFlop: flop(taskId(id, { kind: 'update' })),
      }
    }),
    serverFlop: flop(taskId('cloud', { kind: 'update' })),
    serverFromSeconds: deadline?.endSeconds,
  }
}

/** Lists the phones in the order in which the graph has them. */
function phonesOf(tasks: readonly TaskSpan[]): string[] {
  return tasks.flatMap(({ id, device }) => (id === taskId(device, { kind: 'update' }) && device !== 'cloud' ? [device] : []))
}

function probesOf(phone: string, byId: ReadonlyMap<string, TaskSpan>): number[] {
  const flop: number[] = []
  for (let layer = 0; ; layer++) {
    const task = byId.get(taskId(phone, { kind: 'probe', layer }))
    if (!task) return flop
    flop.push(task.flop ?? 0)
  }
}
