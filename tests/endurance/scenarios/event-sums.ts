/** What a session's events add up to, reckoned without the lab's own fold. */
import type { LabEvent } from '#shared/events/event.ts'
import type { RunSummary } from '#shared/events/summary.ts'

/** @returns a sentence for every figure of the summary that is not the sum over the events */
export function wrongSums(events: readonly LabEvent[], summary: RunSummary): string[] {
  const sums = summary.devices.map(() => ({ forwardPasses: 0, bytesUp: 0, bytesDown: 0 }))
  let virtualSeconds = 0
  let rounds = 0
  const wrong: string[] = []
  for (const event of events) {
    if (event.kind === 'phone-reported' || event.kind === 'phone-skipped') {
      const sum = sums[event.phone]!
      sum.forwardPasses += event.forwardPasses
      sum.bytesUp += event.bytesUp
      sum.bytesDown += event.bytesDown
    } else if (event.kind === 'phone-started') sums[event.phone]!.bytesDown += event.bytesDown
    else if (event.kind === 'round-finished') {
      if (event.virtualSeconds < virtualSeconds) wrong.push(`virtual time goes back in round ${event.round}`)
      virtualSeconds = event.virtualSeconds
      if (event.round !== ++rounds) wrong.push(`round ${event.round} is the ${rounds}th that ends`)
    }
  }
  if (virtualSeconds !== summary.virtualSeconds) wrong.push(`virtualSeconds ${summary.virtualSeconds} for ${virtualSeconds}`)
  if (rounds !== summary.rounds) wrong.push(`rounds ${summary.rounds} for ${rounds}`)
  for (const [i, device] of summary.devices.entries()) {
    for (const key of ['forwardPasses', 'bytesUp', 'bytesDown'] as const) {
      if (device[key] !== sums[i]![key]) wrong.push(`${key} of ${device.id}: ${device[key]} for ${sums[i]![key]}`)
    }
  }
  const last = summary.history.at(-1)
  for (const key of ['forwardPasses', 'bytesUp', 'bytesDown'] as const) {
    const all = sums.reduce((sum, each) => sum + each[key], 0)
    if (last && last.round === rounds && last[key] !== all) wrong.push(`${key} of the fleet: ${last[key]} for ${all}`)
  }
  return [...wrong, ...wrongSchedules(events)]
}

/** A round lasts as long as its schedule says, and what is scheduled lies in it. */
function wrongSchedules(events: readonly LabEvent[]): string[] {
  const finished = new Map(
    events.flatMap((event) => (event.kind === 'round-finished' ? [[event.round, event.virtualSeconds] as const] : [])),
  )
  return events.flatMap((event) => {
    if (event.kind !== 'round-scheduled') return []
    const { round, startSeconds, endSeconds, tasks } = event
    const ends = finished.get(round)
    return [
      ...(ends !== undefined && ends !== endSeconds ? [`round ${round} is scheduled until ${endSeconds} s and ends at ${ends} s`] : []),
      ...(tasks.some((task) => task.startSeconds < startSeconds - 1e-9 || task.endSeconds > endSeconds + 1e-9)
        ? [`a task of round ${round} lies outside it`]
        : []),
    ]
  })
}
