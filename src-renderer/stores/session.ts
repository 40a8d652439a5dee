/**
 * The session the window shows, at one virtual moment for all its views. A session that runs is followed as it happens (`live`); any
 * earlier moment can be seen meanwhile, and a recording plays in virtual time.
 */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { RunStatus } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { EMPTY_VIEW, Projection, type SessionView } from '#shared/events/projection.ts'
import type { TimelineMarker } from '#shared/events/timeline-markers.ts'
import { useLab } from './lab.ts'
import { useMessages } from './messages.ts'
import type { FrameNotices } from './notice-batch.ts'
import { RoundPace } from './pace.ts'
import { Tape } from './tape.ts'
import { type Place, VirtualTime, roundsDone } from './virtual-time.ts'

export const SPEEDS = [1, 2, 4, 8, 16, 60, 240, 1000] as const

const NOWHERE: Place = { seq: 0, seconds: 0, rounds: 0 }

export const useSession = defineStore('session', () => {
  const lab = useLab()
  const messages = useMessages()

  const id = ref<string | null>(null)
  /** A run was asked for and has no session yet. */
  const starting = ref(false)
  const opening = ref(false)
  /** The view at the moment shown. */
  const view = shallowRef<SessionView>(EMPTY_VIEW)
  /** Events folded into `view`, of the `length` there are. */
  const seq = ref(0)
  /** The number of events at the moment that was asked for last, whose view may still be on its way. */
  const aim = ref(0)
  const length = computed(() => end.value.seq)
  /** The timeline markers of the whole session, whatever moment is shown. */
  const markers = shallowRef<readonly TimelineMarker[]>([])
  /** True if the window shows what happens now. */
  const live = ref(false)
  /** Each phone's present activity in a running session, in words that follow "while". */
  const doing = shallowRef<ReadonlyMap<number, string>>(new Map())
  /** Seconds per round on this machine, while it is watched; null if not known yet. */
  const secondsPerRound = ref<number | null>(null)
  const playing = ref(false)
  const speed = ref<number>(8)
  /** Virtual seconds of the moment shown; moves smoothly while playing. */
  const moment = ref(0)
  /** After the last event there is. */
  const end = shallowRef<Place>(NOWHERE)

  const status = computed<RunStatus | null>(() => (id.value === null ? null : (lab.statuses.get(id.value) ?? null)))
  const running = computed(() => status.value !== null && status.value.state !== 'finished' && status.value.state !== 'failed')
  const clock = computed(() => new VirtualTime(markers.value, end.value))

  /** After the last event there is. */
  let head = new Projection()
  let pace = new RoundPace()
  let tape: Tape | null = null
  /** The number of the last request for a moment; answers to earlier ones are not shown. */
  let request = 0
  /** The moment that the lab was asked for last. */
  let asked: Promise<unknown> = Promise.resolve()

  lab.listen((batch) => take(batch))
  watch(
    () => status.value?.state,
    (state) => state === 'paused' && pace.interrupted(),
  )
  // A session that is over is a recording.
  watch(running, (runs) => {
    if (!runs) live.value = false
  })

  // Events that came while the connection was broken were missed.
  watch(
    () => lab.connection,
    (connection, before) => {
      if (connection === 'connected' && before === 'lost' && id.value !== null) void open(id.value)
    },
  )

  async function open(session: string): Promise<void> {
    const mine = ++request
    playing.value = false
    id.value = session
    doing.value = new Map()
    pace = new RoundPace()
    secondsPerRound.value = null
    opening.value = true
    await messages.attempt(async () => {
      const calls = lab.ask()
      const latest = await calls.open(session)
      if (id.value !== session) return
      head = new Projection(latest.view)
      tape = new Tape(calls, session)
      end.value = endOf(latest.view, latest.length)
      markers.value = latest.view.markers
      if (mine === request) show(latest.view, latest.length, running.value)
    })
    if (id.value === session) opening.value = false
  }

  function close(): void {
    request++
    id.value = null
    tape = null
    head = new Projection()
    opening.value = playing.value = live.value = false
    markers.value = []
    end.value = NOWHERE
    show(EMPTY_VIEW, 0, false)
  }

  function show(shown: SessionView, at: number, isLive: boolean): void {
    view.value = shown
    seq.value = aim.value = at
    live.value = isLive
    if (!playing.value) moment.value = clock.value.at(at).seconds
  }

  function take({ events, doing: begun }: FrameNotices): void {
    const fresh = id.value === null ? undefined : begun.get(id.value)
    if (fresh) doing.value = new Map([...doing.value, ...fresh])
    for (const run of events) {
      if (run.session !== id.value || opening.value) continue
      if (run.from > length.value) {
        // Something was missed, e.g. while the connection was lost.
        void open(run.session)
        return
      }
      append(run.events.slice(length.value - run.from))
    }
  }

  function append(events: readonly LabEvent[]): void {
    if (events.length === 0) return
    const after = head.addAll(events).view
    markers.value = after.markers
    if (events.some(({ kind }) => kind === 'round-finished')) {
      pace.roundEnded(performance.now() / 1000)
      secondsPerRound.value = pace.secondsPerRound
    }
    const at = length.value + events.length
    end.value = endOf(after, at)
    if (live.value) show(after, at, true)
  }

  /** Shows the session after `to` of its events, at least the first. */
  async function seek(to: number): Promise<void> {
    // A session is nothing before its first event.
    const at = Math.min(Math.max(1, to), length.value)
    playing.value = false
    await move(at)
  }

  async function move(at: number): Promise<void> {
    const mine = ++request
    if (at === length.value) {
      show(head.view, at, running.value)
      return
    }
    const from = tape
    if (!from) return
    aim.value = at
    // The handle of the scrub bar follows the hand; the view comes when it is there.
    if (!playing.value) moment.value = clock.value.at(at).seconds
    live.value = false
    // Of the requests that came while the lab was busy with another one, only the last is sent.
    await asked
    if (mine !== request || from !== tape) return
    const answer = messages.attempt(() => from.at(at))
    asked = answer
    const there = await answer
    if (mine !== request || from !== tape) return
    if (there) show(there, at, false)
    else {
      aim.value = seq.value
      moment.value = clock.value.at(seq.value).seconds
    }
  }

  function seekSeconds(seconds: number): Promise<void> {
    return seek(clock.value.seqAtSeconds(seconds))
  }

  /** Plays the recording from the moment shown, from the beginning if that is its end. */
  function play(atSpeed = speed.value): void {
    speed.value = atSpeed
    if (playing.value || !tape || length.value === 0) return
    if (seq.value >= length.value) moment.value = 0
    playing.value = true
    let before = performance.now()
    let busy = false
    const frame = (now: number): void => {
      if (!playing.value) return
      moment.value = Math.min(end.value.seconds, moment.value + ((now - before) / 1000) * speed.value)
      before = now
      const at = clock.value.seqAtSeconds(moment.value)
      if (moment.value >= end.value.seconds) {
        playing.value = false
        void move(length.value)
        return
      }
      if (!busy && at !== seq.value) {
        busy = true
        void move(at).finally(() => (busy = false))
      }
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  }

  function hold(): void {
    playing.value = false
  }

  return {
    id,
    starting,
    opening,
    view,
    seq,
    aim,
    length,
    markers,
    live,
    doing,
    secondsPerRound,
    playing,
    speed,
    moment,
    end,
    status,
    running,
    clock,
    open,
    close,
    seek,
    seekSeconds,
    play,
    hold,
  }
})

function endOf(view: SessionView, length: number): Place {
  return { seq: length, seconds: view.virtualSeconds, rounds: roundsDone(view) }
}
