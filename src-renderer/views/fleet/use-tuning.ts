/** Changes of phones' numbers: in the scenario while it is written, or sent to the session that runs, for its next round. */
import { computed, shallowRef, watch } from 'vue'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import { useDraft } from '../../stores/draft.ts'
import { useLab } from '../../stores/lab.ts'
import { useMessages } from '../../stores/messages.ts'
import { useSession } from '../../stores/session.ts'
import { changed, withNumbers } from './draft-fleet.ts'
import { type NumberKey, baseOf } from './tunable-numbers.ts'
import { useFleet } from './use-fleet.ts'

type Change = { readonly [K in keyof PhoneOverrides]: PhoneOverrides[K] | undefined }

export function useTuning(phones: () => readonly number[]) {
  const lab = useLab()
  const draft = useDraft()
  const fleet = useFleet()
  const session = useSession()
  const messages = useMessages()
  /** Sent for the round after this one. */
  const sent = shallowRef<{ readonly round: number; readonly change: Change } | null>(null)

  const pending = computed(() => (sent.value !== null && session.view.round <= sent.value.round ? sent.value.change : {}))

  watch(
    () => [session.id, phones().join()],
    () => (sent.value = null),
  )

  /** undefined: the profile's number again. */
  async function change(to: Change): Promise<void> {
    if (fleet.planned) {
      draft.set(
        ['fleet'],
        changed(fleet.groups, phones(), (phone) => withNumbers(phone, to)),
      )
      return
    }
    const { id } = session
    if (id === null) return
    await messages.attempt(async () => {
      for (const [key, together] of byValue(to)) await lab.ask().tune(id, together, key)
      sent.value = { round: session.view.round, change: { ...pending.value, ...to } }
    })
  }

  /** A running phone has no "profile again": it is sent the profile's own number, which may differ from phone to phone. */
  function byValue(to: Change): [PhoneOverrides, readonly number[]][] {
    const groups = new Map<string, number[]>()
    for (const phone of phones()) {
      const own = Object.entries(to).map(([key, value]) => [key, value ?? baseOf(fleet.phones[phone]!, key as NumberKey)])
      const text = JSON.stringify(Object.fromEntries(own))
      groups.set(text, [...(groups.get(text) ?? []), phone])
    }
    return [...groups].map(([text, together]) => [JSON.parse(text) as PhoneOverrides, together])
  }

  return { change, pending }
}
