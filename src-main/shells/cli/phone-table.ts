/** The phones of a run as lines of a table: each phone, or the phones of each profile where there are many. */
import type { RunSummary } from '#shared/events/summary.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount } from '#shared/units/quantities.ts'

type Device = RunSummary['devices'][number]

/** The most phones that are listed one by one. */
const MOST_LINES = 64

export function phoneTable(devices: readonly Device[]): string[] {
  return devices.length <= MOST_LINES ? oneByOne(devices) : byProfile(devices)
}

function oneByOne(devices: readonly Device[]): string[] {
  const rows = devices.map((d) => [
    d.id,
    `${formatBytes(d.peakBytes)} of ${formatBytes(d.cap.bytes)}`,
    formatBytes(d.idleBytes),
    formatCount(d.forwardPasses),
    formatBytes(d.bytesDown),
    formatBytes(d.bytesUp),
    d.lastEnd === null ? '' : `${d.lastEnd} (${d.capHits} cap hits, ${d.restarts} restarts)`,
  ])
  return table(['phone', 'peak memory', 'idle', 'passes', 'down', 'up', ''], rows)
}

function byProfile(devices: readonly Device[]): string[] {
  const groups = [...Map.groupBy(devices, ({ profile, cap }) => `${profile}\n${cap.bytes}`).values()]
  const total = (group: readonly Device[], of: (device: Device) => number): number => group.reduce((sum, device) => sum + of(device), 0)
  const rows = groups.map((group) => {
    const { profile, cap } = group[0]!
    const peaks = group.flatMap(({ forwardPasses, peakBytes }) => (forwardPasses > 0 ? [peakBytes] : [])).toSorted((a, b) => a - b)
    const ended = group.filter(({ lastEnd }) => lastEnd !== null).length
    return [
      profile,
      `${peaks.length} of ${group.length}`,
      peaks.length === 0
        ? '-'
        : `${formatBytes(peaks[peaks.length >> 1]!)}, at most ${formatBytes(peaks.at(-1)!)} of ${formatBytes(cap.bytes)}`,
      formatCount(total(group, (d) => d.forwardPasses)),
      formatBytes(total(group, (d) => d.bytesDown)),
      formatBytes(total(group, (d) => d.bytesUp)),
      ended === 0 ? '' : `${ended} lost, ${total(group, (d) => d.capHits)} cap hits`,
    ]
  })
  return table(['profile', 'phones that worked', 'median peak memory', 'passes', 'down', 'up', ''], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, c) => rows.reduce((width, row) => Math.max(width, row[c]!.length), title.length))
  return [head, ...rows].map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join('  ')
      .trimEnd(),
  )
}
