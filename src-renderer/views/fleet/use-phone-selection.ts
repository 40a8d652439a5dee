/** The selection of phones: one, several with Ctrl or Shift, moved by arrow keys. It is shared with the rest of the window. */
import { computed, ref } from 'vue'
import { useSelection } from '../../stores/selection.ts'

export function usePhoneSelection(count: () => number, perRow: () => number) {
  const selection = useSelection()
  /** The index from which Shift extends the selection and the arrows move it. */
  const anchor = ref(0)
  const focused = ref(0)

  const chosen = computed<ReadonlySet<number>>(() => {
    const { selected } = selection
    if (selected?.kind === 'phone') return new Set([selected.phone])
    return new Set(selected?.kind === 'phones' ? selected.phones : [])
  })

  function choose(phones: readonly number[]): void {
    const [only] = phones
    if (only === undefined) selection.select(null)
    else selection.select(phones.length === 1 ? { kind: 'phone', phone: only } : { kind: 'phones', phones })
  }

  function pick(phone: number, { shiftKey, ctrlKey, metaKey }: Pick<MouseEvent, 'shiftKey' | 'ctrlKey' | 'metaKey'>): void {
    focused.value = phone
    if (shiftKey) {
      const [from, to] = [Math.min(anchor.value, phone), Math.max(anchor.value, phone)]
      choose(Array.from({ length: to - from + 1 }, (_, i) => from + i))
      return
    }
    anchor.value = phone
    if (!ctrlKey && !metaKey) choose([phone])
    else
      choose(
        chosen.value.has(phone) ? [...chosen.value].filter((other) => other !== phone) : [...chosen.value, phone].sort((a, b) => a - b),
      )
  }

  function selectAll(): void {
    choose(Array.from({ length: count() }, (_, i) => i))
  }

  /** @returns the phone to focus, or null where the key is none of the list's */
  function onKey(event: KeyboardEvent): number | null {
    if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      selectAll()
      return focused.value
    }
    if (event.key === ' ' || event.key === 'Enter') {
      pick(focused.value, event)
      return focused.value
    }
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -perRow(),
      ArrowDown: perRow(),
      Home: -Infinity,
      End: Infinity,
    }
    const step = steps[event.key]
    if (step === undefined) return null
    const to = Math.max(0, Math.min(count() - 1, focused.value + step))
    if (event.ctrlKey || event.metaKey) focused.value = to
    else pick(to, event)
    return to
  }

  return { chosen, focused, pick, onKey, selectAll, choose }
}
