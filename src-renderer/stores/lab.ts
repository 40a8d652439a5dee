/** The lab behind the window: what it can do, what it says of itself, and which sessions it runs now. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { LabCalls, LabDescription, LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import { useMessages, wordsOf } from './messages.ts'
import { type Batch, NoticeBatch } from './notice-batch.ts'

export type ConnectLab = (notices: LabNotices, onLost: () => void) => Promise<LabCalls>

const ENDED = new Set<RunStatus['state']>(['finished', 'failed'])

export const useLab = defineStore('lab', () => {
  const messages = useMessages()
  const connection = ref<'connecting' | 'connected' | 'lost'>('connecting')
  const lostBecause = ref('')
  const calls = shallowRef<LabCalls | null>(null)
  const description = shallowRef<LabDescription | null>(null)
  /** Of every session this lab has run since the window is connected. */
  const statuses = shallowRef<ReadonlyMap<string, RunStatus>>(new Map())
  const running = computed(() => [...statuses.value.values()].filter(({ state }) => !ENDED.has(state)))
  const listeners = new Set<(batch: Batch) => void>()

  function take(batch: Batch): void {
    if (batch.statuses.length > 0) {
      statuses.value = new Map([...statuses.value, ...batch.statuses.map((status) => [status.session, status] as const)])
    }
    for (const words of batch.warnings) messages.say('error', words)
    for (const listener of listeners) listener(batch)
  }

  async function connect(connectLab: ConnectLab): Promise<void> {
    connection.value = 'connecting'
    try {
      const connected = await connectLab(new NoticeBatch(take), () => (connection.value = 'lost'))
      const [described, now] = await Promise.all([connected.describe(), connected.running()])
      calls.value = connected
      description.value = described
      statuses.value = new Map(now.map((status) => [status.session, status]))
      connection.value = 'connected'
      for (const words of described.warnings) messages.say('error', words)
    } catch (error) {
      lostBecause.value = wordsOf(error)
      connection.value = 'lost'
    }
  }

  /** The calls of a connected lab. */
  function ask(): LabCalls {
    if (!calls.value) throw new Error('the lab is not connected yet')
    return calls.value
  }

  /** Told of every batch of notices, before the frame is drawn. */
  function listen(listener: (batch: Batch) => void): void {
    listeners.add(listener)
  }

  /** What a call returned of a session's state, which may be newer than the last notice. */
  function note(status: RunStatus): void {
    statuses.value = new Map([...statuses.value, [status.session, status]])
  }

  return { connection, lostBecause, calls, description, statuses, running, connect, ask, listen, note }
})
