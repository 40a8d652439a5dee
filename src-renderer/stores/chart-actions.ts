/** The actions of the charts that are shown. Each chart offers its actions while it is there, so that commands find them. */
import { defineStore } from 'pinia'
import { onScopeDispose, shallowRef } from 'vue'

export type ChartAction = 'zoom-in' | 'zoom-out' | 'show-all' | 'next-critical' | 'next-policy' | 'next-axis' | 'form'
type Offered = Partial<Readonly<Record<ChartAction, () => void>>>

export const useChartActions = defineStore('chart-actions', () => {
  const offers = shallowRef<readonly Offered[]>([])

  /** Must be called while a component is set up. */
  function offer(actions: Offered): void {
    offers.value = [...offers.value, actions]
    onScopeDispose(() => (offers.value = offers.value.filter((other) => other !== actions)))
  }

  const find = (action: ChartAction): (() => void) | undefined => offers.value.findLast((offered) => offered[action])?.[action]

  return { offer, can: (action: ChartAction) => find(action) !== undefined, run: (action: ChartAction) => find(action)?.() }
})
