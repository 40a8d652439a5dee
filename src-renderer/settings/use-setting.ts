/** One value of the scenario that is being written, with its issues. */
import { computed } from 'vue'
import { useDraft } from '../stores/draft.ts'
import { getIn } from '../stores/set-in.ts'

type Key = string | number

export function useSetting(keys: () => readonly Key[]) {
  const draft = useDraft()
  const path = computed(() =>
    keys().reduce<string>((at, key) => (typeof key === 'number' ? `${at}[${key}]` : at ? `${at}.${key}` : key), ''),
  )
  const issues = computed(() => draft.issues.filter((issue) => issue.path === path.value))
  return {
    path,
    /** The value as written; undefined where nothing is. */
    given: computed(() => getIn(draft.input, keys())),
    /** The value as it will be used. */
    value: computed(() => draft.get(...keys())),
    issues,
    issueId: computed(() => `issue-${path.value}`),
    set: (value: unknown) => draft.set(keys(), value),
  }
}
