/** The transport's buttons: of a run while it is watched live, of the recording otherwise. */
import { computed } from 'vue'
import type { RunStatus } from '#shared/api/lab-api.ts'
import { useLab } from '../stores/lab.ts'
import { useMessages } from '../stores/messages.ts'
import { SPEEDS, useSession } from '../stores/session.ts'

/** The states in which a run can be stopped. */
const STOPPABLE: ReadonlySet<RunStatus['state'] | null> = new Set(['running', 'pausing', 'paused'])

export function useTransport() {
  const lab = useLab()
  const session = useSession()
  const messages = useMessages()

  const state = computed(() => session.status?.state ?? null)
  /** True if buttons steer the run itself. */
  const steers = computed(() => session.live && session.running && lab.connection === 'connected')
  const goes = computed(() => (steers.value ? state.value === 'running' || state.value === 'starting' : session.playing))
  const canToggle = computed(() =>
    steers.value ? state.value === 'running' || state.value === 'paused' || state.value === 'pausing' : session.length > 0,
  )
  const canStep = computed(() => (steers.value ? state.value === 'paused' || state.value === 'running' : session.seq < session.length))
  const canStop = computed(() => (steers.value ? STOPPABLE.has(state.value) : session.seq > 0))

  async function steer(call: (id: string) => Promise<RunStatus>): Promise<void> {
    const { id } = session
    if (id === null) return
    const status = await messages.attempt(() => call(id))
    if (status) lab.note(status)
  }

  async function toggle(): Promise<void> {
    if (!canToggle.value) return
    if (steers.value) await steer((id) => (state.value === 'running' ? lab.ask().pause(id) : lab.ask().proceed(id)))
    else if (session.playing) session.hold()
    else session.play()
  }

  async function step(): Promise<void> {
    if (!canStep.value) return
    if (steers.value) await steer((id) => lab.ask().step(id))
    else await toMarker(1, (kind) => kind === 'round')
  }

  async function stop(): Promise<void> {
    if (!canStop.value) return
    if (steers.value) await steer((id) => lab.ask().stop(id))
    else await session.seek(0)
  }

  /** Goes to the nearest marker of a kind before (-1) or after (1) the moment shown. */
  async function toMarker(way: -1 | 1, wanted: (kind: string) => boolean): Promise<void> {
    const seqs = session.markers.filter(({ kind }) => wanted(kind)).map(({ seq }) => seq + 1)
    const to = way === 1 ? seqs.find((seq) => seq > session.aim) : seqs.findLast((seq) => seq < session.aim)
    await session.seek(to ?? (way === 1 ? session.length : 0))
  }

  function changeSpeed(way: -1 | 1): void {
    const faster = SPEEDS.find((speed) => speed > session.speed)
    const slower = SPEEDS.findLast((speed) => speed < session.speed)
    session.speed = (way === 1 ? faster : slower) ?? session.speed
  }

  return {
    state,
    steers,
    goes,
    canToggle,
    canStep,
    canStop,
    toggle,
    step,
    stop,
    changeSpeed,
    back: () => toMarker(-1, (kind) => kind === 'round'),
    nextMark: () => toMarker(1, (kind) => kind !== 'round'),
    previousMark: () => toMarker(-1, (kind) => kind !== 'round'),
  }
}
