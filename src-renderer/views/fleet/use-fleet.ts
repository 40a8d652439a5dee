/** The phones that the Fleet view and its inspector are about: of the session that is open, or of the scenario that is being written. */
import { computed, ref } from 'vue'
import { defineStore } from 'pinia'
import { useDraft } from '../../stores/draft.ts'
import { useLab } from '../../stores/lab.ts'
import { useSession } from '../../stores/session.ts'
import { type FleetPhone, plannedPhones, sessionPhones } from './fleet-phone.ts'

export const useFleet = defineStore('fleet', () => {
  const lab = useLab()
  const draft = useDraft()
  const session = useSession()
  /** The fleet of the next run, although a session is open. */
  const wantsPlanned = ref(false)
  const planned = computed(() => session.id === null || wantsPlanned.value)

  const starting = computed(() => session.id === null && session.starting)

  const groups = computed(() => (Array.isArray(draft.input?.fleet) ? draft.input.fleet : []))
  const phones = computed<readonly FleetPhone[]>(() => {
    const catalogue = lab.description?.catalogue
    if (!catalogue) return []
    if (!planned.value) return sessionPhones(session.view, catalogue)
    const written = plannedPhones(groups.value, draft.predictions, catalogue)
    return starting.value ? written.map((phone) => ({ ...phone, state: 'about-to-start' as const })) : written
  })
  /** Numbers can be changed: of a plan always, of a session while it runs and is watched live. */
  const editable = computed(() => planned.value || (session.running && session.live))

  return { wantsPlanned, planned, starting, groups, phones, editable }
})
