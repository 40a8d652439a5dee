/**
 * Rounds of the session shown for charts that tell what a round came to: they change when something of a round is settled, not with every
 * phone that answers, which 64 phones do many times a second.
 */
import { type ComputedRef, computed } from 'vue'
import type { RoundView } from '#shared/events/session-view.ts'
import { useSession } from './session.ts'

/** The fields of a round that change while its phones answer. */
const UNDER_WAY: ReadonlySet<string> = new Set<keyof RoundView>(['reports', 'privateLoss'])

export function useSettledRounds(): ComputedRef<readonly RoundView[]> {
  const session = useSession()
  return computed((before?: readonly RoundView[]) => {
    const { rounds } = session.view
    return before && alike(before, rounds) ? before : rounds
  })
}

function alike(before: readonly RoundView[], now: readonly RoundView[]): boolean {
  if (before.length !== now.length) return false
  return now.every((round, i) => round === before[i] || (i === now.length - 1 && isSettledAlike(before[i]!, round)))
}

function isSettledAlike(before: RoundView, now: RoundView): boolean {
  return Object.entries(now).every(([key, value]) => UNDER_WAY.has(key) || before[key as keyof RoundView] === value)
}
