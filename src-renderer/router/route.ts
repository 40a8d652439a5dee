/**
 * The view that is shown, kept in the fragment of the address beside what else stands there, so that a reload and the browser's Back lead where one
 * expects.
 */
import { defineStore } from 'pinia'
import { ref } from 'vue'

export const VIEWS = ['run', 'fleet', 'schedule', 'compression', 'convergence', 'memory', 'sessions'] as const
export type ViewName = (typeof VIEWS)[number]

/** Views beside which the inspector stands. */
export const INSPECTED: ReadonlySet<ViewName> = new Set(['fleet', 'schedule', 'compression', 'memory'])

export const useRoute = defineStore('route', () => {
  const view = ref<ViewName>(viewOf(location.hash))
  window.addEventListener('hashchange', () => (view.value = viewOf(location.hash)))

  function go(to: ViewName): void {
    if (to === view.value) return
    const fields = new URLSearchParams(location.hash.slice(1))
    fields.set('view', to)
    history.pushState(null, '', `#${fields}`)
    view.value = to
  }

  return { view, go }
})

/** The view a fragment names; Run where it names none. */
function viewOf(hash: string): ViewName {
  const named = new URLSearchParams(hash.slice(1)).get('view')
  return VIEWS.find((view) => view === named) ?? 'run'
}
