/** The lab behind the window: what it can do, what it says of itself, and which sessions it runs now. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { LabCalls, LabDescription, LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import { useMessages, wordsOf } from './messages.ts'
import { type FrameNotices, NoticeBatch } from './notice-batch.ts'

type ConnectLab = (notices: LabNotices, onLost: () => void) => Promise<LabCalls>

/** The waits between attempts to connect. */
const RETRY_MS = [500, 1000, 2000, 5000]

const ENDED = new Set<RunStatus['state']>(['finished', 'failed'])

export const useLab = defineStore('lab', () => {
  const messages = useMessages()
  const connection = ref<'connecting' | 'connected' | 'lost'>('connecting')
  const lostBecause = ref('')
  /** The app ends with the round in progress. */
  const ending = ref(false)
  const calls = shallowRef<LabCalls | null>(null)
  const description = shallowRef<LabDescription | null>(null)
  /** The status of every session that this lab has run since the window is connected. */
  const statuses = shallowRef<ReadonlyMap<string, RunStatus>>(new Map())
  const running = computed(() => [...statuses.value.values()].filter(({ state }) => !ENDED.has(state)))
  /** Attempts to connect again since the connection broke. */
  const retries = ref(0)
  let open: ConnectLab | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const listeners = new Set<(batch: FrameNotices) => void>()

  function take(batch: FrameNotices): void {
    if (batch.statuses.length > 0) {
      statuses.value = new Map([...statuses.value, ...batch.statuses.map((status) => [status.session, status] as const)])
    }
    for (const words of batch.warnings) messages.say('error', words)
    for (const listener of listeners) listener(batch)
  }

  /** @param retrying a connection that breaks is opened again as soon as that can be done */
  async function connect(connectLab: ConnectLab, { retrying = false } = {}): Promise<void> {
    open = connectLab
    const wasConnected = calls.value !== null
    if (!wasConnected) connection.value = 'connecting'
    try {
      const connected = await connectLab(new NoticeBatch(take), () => lose('', retrying))
      const [described, now] = await Promise.all([connected.describe(), connected.running()])
      calls.value = connected
      description.value = described
      statuses.value = new Map(now.map((status) => [status.session, status]))
      retries.value = 0
      connection.value = 'connected'
      for (const words of described.warnings) messages.say('error', words)
    } catch (error) {
      lose(wasConnected ? '' : wordsOf(error), wasConnected && retrying)
    }
  }

  function lose(because: string, retrying: boolean): void {
    lostBecause.value = because
    connection.value = 'lost'
    clearTimeout(timer)
    if (!retrying) return
    timer = setTimeout(() => void connectAgain(), RETRY_MS[Math.min(retries.value, RETRY_MS.length - 1)])
    retries.value++
  }

  async function connectAgain(): Promise<void> {
    clearTimeout(timer)
    if (open && connection.value === 'lost') await connect(open, { retrying: retries.value > 0 })
  }

  /** Resolves when the lab is connected or can't be. */
  async function settled(): Promise<void> {
    if (connection.value === 'connecting') await new Promise<void>((resolve) => watch(connection, () => resolve(), { once: true }))
  }

  /** Returns the calls of a connected lab. */
  function ask(): LabCalls {
    if (!calls.value) throw new Error('the lab is not connected yet')
    return calls.value
  }

  /** Registers a listener for every batch of notices, called before the frame is drawn. */
  function listen(listener: (batch: FrameNotices) => void): void {
    listeners.add(listener)
  }

  /** Notes a session's status that a call returned, which may be newer than the last notice. */
  function note(status: RunStatus): void {
    statuses.value = new Map([...statuses.value, [status.session, status]])
  }

  return {
    connection,
    lostBecause,
    ending,
    settled,
    calls,
    description,
    statuses,
    running,
    retries,
    connect,
    connectAgain,
    ask,
    listen,
    note,
  }
})
