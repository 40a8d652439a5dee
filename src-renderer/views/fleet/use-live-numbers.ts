/** Changes of phones' numbers in a session that runs: they are sent at once and hold from its next round on. */
import { computed, shallowRef, watch } from 'vue'
import { useLab } from '../../stores/lab.ts'
import { useMessages } from '../../stores/messages.ts'
import { useSession } from '../../stores/session.ts'
import { type NumberChange, byNumbers } from './number-changes.ts'
import { useFleet } from './use-fleet.ts'

export function useLiveNumbers(phones: () => readonly number[]) {
  const lab = useLab()
  const fleet = useFleet()
  const session = useSession()
  const messages = useMessages()
  /** The last change that was sent, which holds after `round`. */
  const sent = shallowRef<{ readonly round: number; readonly change: NumberChange } | null>(null)

  /** The numbers that were sent and don't hold yet. */
  const pending = computed(() => (sent.value !== null && session.view.round <= sent.value.round ? sent.value.change : {}))

  watch(
    () => [session.id, phones().join()],
    () => (sent.value = null),
  )

  async function send(change: NumberChange): Promise<void> {
    const { id } = session
    if (id === null) return
    await messages.attempt(async () => {
      const chosen = phones().map((index) => fleet.phones[index]!)
      for (const [numbers, together] of byNumbers(change, chosen)) await lab.ask().tune(id, together, numbers)
      sent.value = { round: session.view.round, change: { ...pending.value, ...change } }
    })
  }

  return { send, pending }
}
