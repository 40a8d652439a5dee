/**
 * The view that is shown, kept in the fragment of the address beside what else stands there, so that a reload and the browser's Back lead where one
 * expects.
 */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { VIEWS, type ViewId } from '#shared/api/views.ts'

export const useRoute = defineStore('route', () => {
  const view = ref<ViewId>(viewOf(location.hash))
  window.addEventListener('hashchange', () => (view.value = viewOf(location.hash)))

  function go(to: ViewId): void {
    if (to === view.value) return
    const fields = new URLSearchParams(location.hash.slice(1))
    fields.set('view', to)
    history.pushState(null, '', `#${fields}`)
    view.value = to
  }

  return { view, go }
})

/** The view a fragment names; Run where it names none. */
function viewOf(hash: string): ViewId {
  const named = new URLSearchParams(hash.slice(1)).get('view')
  return VIEWS.find(({ id }) => id === named)?.id ?? 'run'
}
