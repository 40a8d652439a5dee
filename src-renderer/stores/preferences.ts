/** The user's preferences for the window. They are kept in the browser's storage; the window works without it. */
import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'

type Theme = 'system' | 'light' | 'dark'

const KEY = 'cooperlab.preferences'

interface Kept {
  theme: Theme
  motion: 'system' | 'reduced'
  /** True if the inspector is shown beside views that use it. */
  inspector: boolean
  /** Steps of the first-run guide are done or were put away. */
  guided: boolean
  fleetLayout: 'cards' | 'table' | 'automatic'
}

const DEFAULTS: Kept = { theme: 'system', motion: 'system', inspector: true, guided: false, fleetLayout: 'automatic' }

export const usePreferences = defineStore('preferences', () => {
  const kept = read()
  const theme = ref(kept.theme)
  const motion = ref(kept.motion)
  const inspector = ref(kept.inspector)
  const guided = ref(kept.guided)
  const fleetLayout = ref(kept.fleetLayout)

  const systemDark = mediaQuery('(prefers-color-scheme: dark)')
  const systemReduced = mediaQuery('(prefers-reduced-motion: reduce)')
  const shownTheme = computed(() => (theme.value === 'system' ? (systemDark.value ? 'dark' : 'light') : theme.value))
  const reducedMotion = computed(() => motion.value === 'reduced' || systemReduced.value)

  watchEffect(() => {
    document.documentElement.dataset['theme'] = shownTheme.value
    document.documentElement.dataset['motion'] = reducedMotion.value ? 'reduced' : 'full'
  })
  watchEffect(() => {
    const now: Kept = {
      theme: theme.value,
      motion: motion.value,
      inspector: inspector.value,
      guided: guided.value,
      fleetLayout: fleetLayout.value,
    }
    try {
      localStorage.setItem(KEY, JSON.stringify(now))
    } catch {
      // Storage may be full or forbidden; then choices hold until the window closes.
    }
  })
  return { theme, motion, inspector, guided, fleetLayout, shownTheme, reducedMotion }
})

function read(): Kept {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof kept === 'object' && kept !== null ? { ...DEFAULTS, ...kept } : DEFAULTS
  } catch {
    return DEFAULTS
  }
}

function mediaQuery(query: string) {
  const list = window.matchMedia(query)
  const matches = ref(list.matches)
  list.addEventListener('change', (event) => (matches.value = event.matches))
  return matches
}
