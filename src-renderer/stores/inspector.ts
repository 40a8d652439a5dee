/** Decides if the inspector is beside the view. In a narrow window it is only there while there is something to inspect. */
import { useMediaQuery } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { viewEntry } from '#shared/api/views.ts'
import { useRoute } from '../router/route.ts'
import { usePreferences } from './preferences.ts'
import { useSelection } from './selection.ts'

export const useInspector = defineStore('inspector', () => {
  const route = useRoute()
  const preferences = usePreferences()
  const selection = useSelection()
  const roomy = useMediaQuery('(min-width: 1181px)')
  const possible = computed(() => viewEntry(route.view).inspected === true && (roomy.value || selection.selected !== null))
  const shown = computed(() => possible.value && preferences.inspector)
  return { possible, shown }
})
