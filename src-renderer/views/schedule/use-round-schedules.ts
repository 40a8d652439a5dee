/** The schedules of a stretch of rounds, as they were run and under another policy, ready for drawing. */
import { computed, type MaybeRefOrGetter, shallowRef, toValue, watch } from 'vue'
import type { LabEvent } from '#shared/events/event.ts'
import { type ScheduleModel, scheduleModel } from '../../charts/gantt/schedule-model.ts'

export type ScheduledRound = Extract<LabEvent, { kind: 'round-scheduled' }>
/** @param policy another one than the round was run under; null: it can't be had */
export type LoadSchedule = (round: number, policy?: string) => Promise<ScheduledRound | null>

export interface Wanted {
  readonly session: string
  /** The first round to show; 0 for none. */
  readonly first: number
  readonly last: number
  /** The policy that is laid below; null for none. */
  readonly policy: string | null
}

interface Schedules {
  readonly wanted: Wanted
  /** The schedule of the session itself; null where there is none. */
  readonly own: ScheduleModel | null
  /** The policy under which the rounds were run. */
  readonly ownPolicy: string | null
  readonly other: ScheduleModel | null
}

/** Rounds never change once they are there, so each is asked for once. */
const KEPT = 128

export function useRoundSchedules(wanted: MaybeRefOrGetter<Wanted>, load: LoadSchedule) {
  const shown = shallowRef<Schedules | null>(null)
  const failed = shallowRef('')
  const known = new Map<string, Promise<ScheduledRound | null>>()
  let request = 0

  function ask(session: string, round: number, policy?: string): Promise<ScheduledRound | null> {
    const key = JSON.stringify([session, round, policy])
    const before = known.get(key)
    if (before) return before
    const asked = load(round, policy)
    known.set(key, asked)
    asked.then(
      (event) => event ?? known.delete(key),
      () => known.delete(key),
    )
    if (known.size > KEPT) known.delete(known.keys().next().value!)
    return asked
  }

  async function rounds({ session, first, last }: Wanted, policy?: string): Promise<ScheduledRound[]> {
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    const events = await Promise.all(numbers.map((round) => ask(session, round, policy)))
    return events.filter((event) => event !== null)
  }

  watch(
    () => toValue(wanted),
    async (now) => {
      const mine = ++request
      if (now.first === 0) {
        shown.value = { wanted: now, own: null, ownPolicy: null, other: null }
        return
      }
      try {
        const [own, other] = await Promise.all([rounds(now), now.policy === null ? [] : rounds(now, now.policy)])
        if (mine !== request) return
        failed.value = ''
        shown.value = {
          wanted: now,
          own: own.length > 0 ? scheduleModel(own) : null,
          ownPolicy: own[0]?.policy ?? null,
          other: other.length > 0 ? scheduleModel(endToEnd(other)) : null,
        }
      } catch (error) {
        if (mine === request) failed.value = error instanceof Error ? error.message : String(error)
      }
    },
    { immediate: true, deep: true },
  )
  return { shown: computed(() => shown.value), failed }
}

/** Joins rounds under another policy: each round begins when the one before ends there, not when it did in the run. */
function endToEnd(rounds: readonly ScheduledRound[]): ScheduledRound[] {
  let end = rounds[0]?.startSeconds ?? 0
  return rounds.map((event) => {
    const shift = end - event.startSeconds
    end = event.endSeconds + shift
    if (shift === 0) return event
    const tasks = event.tasks.map((task) => ({
      ...task,
      startSeconds: task.startSeconds + shift,
      endSeconds: task.endSeconds + shift,
      ...(task.availableSeconds !== undefined && { availableSeconds: task.availableSeconds + shift }),
      ...(task.needSeconds !== undefined && { needSeconds: task.needSeconds + shift }),
    }))
    return { ...event, startSeconds: event.startSeconds + shift, endSeconds: end, tasks }
  })
}
