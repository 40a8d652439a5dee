/** Keeps which of the first steps were done since the window opened: a run started, a phone selected, a past moment shown. */
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { useLab } from '../../stores/lab.ts'
import { useSelection } from '../../stores/selection.ts'
import { useSession } from '../../stores/session.ts'

export const useFirstSteps = defineStore('first-steps', () => {
  const lab = useLab()
  const session = useSession()
  const selection = useSelection()
  const done = ref<readonly boolean[]>([false, false, false])

  const mark = (step: number): void => void (done.value = done.value.map((was, i) => was || i === step))

  watch(
    () => lab.running.length > 0,
    (runs) => runs && mark(0),
    { immediate: true },
  )
  watch(
    () => selection.selected?.kind,
    (kind) => kind === 'phone' && mark(1),
  )
  watch(
    () => session.length > 0 && session.seq < session.length && !session.live,
    (past) => past && mark(2),
  )
  return { done }
})
