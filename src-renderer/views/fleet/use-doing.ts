/** The activity of each phone at the moment shown, in words: the phone's own while the run is watched live, and the schedule's in a recording. */
import { computed, shallowRef, watch } from 'vue'
import type { LabEvent } from '#shared/events/event.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount } from '#shared/units/quantities.ts'
import { useLab } from '../../stores/lab.ts'
import { useSession } from '../../stores/session.ts'
import { text } from '../../text/window-texts.ts'
import { doingAt, liveDoing } from './doing-words.ts'
import type { FleetPhone } from './fleet-phone.ts'

type Scheduled = Extract<LabEvent, { kind: 'round-scheduled' }>

export function useDoing() {
  const lab = useLab()
  const session = useSession()
  const schedule = shallowRef<Scheduled | null>(null)
  const words = text.fleet.doing

  watch(
    () => [session.id, session.view.round, session.live] as const,
    async ([id, round, live]) => {
      if (id === null || live || round === 0) {
        schedule.value = null
        return
      }
      const found = await lab
        .ask()
        .schedule(id, round)
        .catch(() => null)
      if (session.id === id && session.view.round === round) schedule.value = found
    },
    { immediate: true },
  )

  const scheduled = computed(() => (schedule.value ? doingAt(schedule.value, session.moment, session.view.layers) : null))

  return ({ id, index, state, view }: Pick<FleetPhone, 'id' | 'index' | 'state' | 'view'>): string => {
    if (state === 'planned') return words.planned
    if (state === 'about-to-start') return words.aboutToStart
    if (state === 'unasked') return words.unasked
    if (state === 'waiting') return words.loading
    if (state === 'down' || state === 'out') return view?.lastEnd ?? ''
    if (session.live && session.running) return liveDoing(index, session.doing, session.view.phones, session.status?.state === 'paused')
    if (session.view.finished && session.seq === session.length)
      return view ? words.did(formatCount(view.forwardPasses), formatBytes(view.bytesDown), formatBytes(view.bytesUp)) : ''
    return scheduled.value?.get(id) ?? words.waiting
  }
}
