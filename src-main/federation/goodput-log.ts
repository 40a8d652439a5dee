/**
 * Logs the goodput of each phone's downlink in recent rounds, as its receiver measured it: the bytes of a round over the time they were on the air.
 */
import type { Schedule, Task } from '#main/timeline/task.ts'
import { RECENT_SAMPLES } from '#main/network/controller/bandwidth-estimate.ts'
import type { Hardware } from './hardware.ts'

export class GoodputLog {
  private readonly hardware: Hardware
  private readonly measured = new Map<number, number[]>()

  constructor(hardware: Hardware) {
    this.hardware = hardware
  }

  /** Returns the measured bits per second of a phone's downlink, oldest first; before the first measurement, the link's nominal bandwidth. */
  samples(phone: number): readonly number[] {
    return this.measured.get(phone) ?? [this.hardware.link(phone).nominalBitsPerSecond('down')]
  }

  /** Returns the samples that remain for a phone if all of these phones receive at once, since phones of a cell share its downlink. */
  shared(phone: number, among: readonly number[]): number[] {
    const sharing = this.hardware.sharing(phone, among)
    return this.samples(phone).map((bitsPerSecond) => bitsPerSecond / sharing)
  }

  /** Returns the true bits per second that these phones leave each other at this moment, which only the emulation knows. */
  now(phone: number, among: readonly number[], seconds: number): number {
    return this.hardware.link(phone).goodputBitsPerSecond('down', seconds) / this.hardware.sharing(phone, among)
  }

  learn(phone: number, tasks: readonly Task[], { entries }: Schedule): void {
    const { id } = this.hardware.phone(phone)
    const received = new Map(tasks.flatMap((task) => (task.device === id && task.kind === 'transfer-down' ? [[task.id, task.bytes!]] : [])))
    let [bytes, seconds] = [0, 0]
    for (const entry of entries) {
      const own = received.get(entry.id)
      if (own === undefined) continue
      bytes += own
      seconds += entry.end - entry.start
    }
    if (bytes > 0 && seconds > 0)
      this.measured.set(phone, [...(this.measured.get(phone) ?? []), (bytes * 8) / seconds].slice(-RECENT_SAMPLES))
  }
}
