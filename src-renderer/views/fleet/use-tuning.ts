/** Changes of phones' numbers: in the scenario while it is written, in the session while it runs. */
import { useDraft } from '../../stores/draft.ts'
import { changed, withNumbers } from './draft-fleet.ts'
import type { NumberChange } from './number-changes.ts'
import { useFleet } from './use-fleet.ts'
import { useLiveNumbers } from './use-live-numbers.ts'

export function useTuning(phones: () => readonly number[]) {
  const draft = useDraft()
  const fleet = useFleet()
  const live = useLiveNumbers(phones)

  async function change(to: NumberChange): Promise<void> {
    if (!fleet.planned) return live.send(to)
    const groups = changed(fleet.groups, phones(), (phone) => withNumbers(phone, to))
    draft.set(['fleet'], groups)
  }

  return { change, pending: live.pending }
}
