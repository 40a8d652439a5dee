/** The list of kept sessions, as searched for; asked for again when the lab says it has changed. */
import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import type { SessionSummary } from '#shared/api/lab-api.ts'
import { useLab } from './lab.ts'
import { wordsOf } from './messages.ts'

const PAUSE_MS = 150

export const useSessionList = defineStore('sessions', () => {
  const lab = useLab()
  const search = ref('')
  /** The list of sessions; null if not read yet. */
  const list = shallowRef<readonly SessionSummary[] | null>(null)
  const failure = ref<string | null>(null)
  let request = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function refresh(): Promise<void> {
    const mine = ++request
    try {
      const found = await lab.ask().sessions(search.value.trim())
      if (mine !== request) return
      list.value = found
      failure.value = null
    } catch (error) {
      if (mine === request) failure.value = wordsOf(error)
    }
  }

  watch(search, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void refresh(), PAUSE_MS)
  })
  lab.listen(({ sessionsChanged, statuses }) => {
    if ((sessionsChanged || statuses.length > 0) && list.value !== null) void refresh()
  })

  watch(
    () => lab.calls,
    () => list.value !== null && void refresh(),
  )

  return { search, list, failure, refresh }
})
