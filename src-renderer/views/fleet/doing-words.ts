/** Words what each device does at a moment, according to the round's schedule. */
import type { LabEvent } from '#shared/events/event.ts'
import type { TaskSpan } from '#shared/events/round-schedule.ts'
import { IDLE } from '#shared/events/idle.ts'
import type { PhoneView } from '#shared/events/projection.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { text } from '../../text/window-texts.ts'

type Scheduled = Pick<Extract<LabEvent, { kind: 'round-scheduled' }>, 'tasks'>

/**
 * Words the activity of one phone in a running session: what the phone says itself, or else whom it waits for, the other phones or the cloud.
 * @param said the words of each phone
 */
export function liveDoing(
  phone: number,
  said: ReadonlyMap<number, string>,
  phones: readonly Pick<PhoneView, 'state'>[],
  paused: boolean,
): string {
  const words = text.fleet.doing
  const busy = (index: number): boolean => (said.get(index) ?? IDLE) !== IDLE
  if (busy(phone)) return said.get(phone)!
  if (paused) return words.paused
  // Words of a phone that has ended no longer hold.
  return phones.some(({ state }, index) => state === 'running' && busy(index)) ? words.others : words.cloud
}

/**
 * Words the activity of each device. Computing counts more than a transfer at the same time, which needs the phone only a little.
 * @param seconds on the virtual clock
 */
export function doingAt({ tasks }: Scheduled, seconds: number, layers: number): Map<string, string> {
  const now = new Map<string, TaskSpan>()
  for (const task of tasks) {
    const { startSeconds, endSeconds, availableSeconds = endSeconds, device } = task
    if (seconds < startSeconds || seconds >= Math.max(endSeconds, availableSeconds)) continue
    const other = now.get(device)
    if (!other || (isTransfer(other) && !isTransfer(task))) now.set(device, task)
  }
  return new Map([...now].map(([device, task]) => [device, taskWords(task, layers)]))
}

function taskWords({ kind, layer, bytes }: TaskSpan, layers: number): string {
  const words = text.fleet.doing
  const task = words.tasks[kind] ?? kind
  if (kind.startsWith('transfer') && bytes !== undefined) return words.bytes(task, formatBytes(bytes))
  return layer === undefined || layer >= layers || layers === 0 ? task : words.layer(task, layer, layers)
}

function isTransfer({ kind }: TaskSpan): boolean {
  return kind.startsWith('transfer')
}
