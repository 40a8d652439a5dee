/** Describes in words which links of a session follow a recorded bandwidth trace, and what happens when the trace ends. */
import type { RecordedBandwidth, TraceEnd } from '#shared/scenario/overrides.ts'
import { formatSeconds } from '#shared/units/quantities.ts'
import type { HardwareDescription } from './fleet-description.ts'

const AFTER: Readonly<Record<TraceEnd, string>> = {
  repeat: 'then it begins again',
  hold: 'then its last row holds',
  end: 'then these phones can no longer be asked',
}

/** Returns a line for each group of phones whose link follows a trace. */
export function describeTraces({ groups }: HardwareDescription): string[] {
  return groups.flatMap(({ count, profile, link }) => {
    if (!link.trace) return []
    const phones = `${count} phone${count === 1 ? '' : 's'} (${profile.id})`
    const up = link.traceUp ? `; the uplink's is ${lengthOf(link.traceUp)}` : ''
    return [`recorded bandwidth of ${phones}: ${lengthOf(link.trace)}, ${AFTER[link.trace.end ?? 'repeat']}${up}`]
  })
}

function lengthOf({ startSeconds }: RecordedBandwidth): string {
  return formatSeconds(startSeconds.at(-1) ?? 0)
}
