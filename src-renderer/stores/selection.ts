/** The selection anywhere in the window, for the inspector and for every view that shows the same thing. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export type Selected =
  | { readonly kind: 'phone'; readonly phone: number }
  /** Several phones of the fleet, to be changed together. */
  | { readonly kind: 'phones'; readonly phones: readonly number[] }
  | { readonly kind: 'task'; readonly round: number; readonly task: string }
  | { readonly kind: 'cell'; readonly round: number; readonly layer: number }
  | { readonly kind: 'round'; readonly round: number }

export const useSelection = defineStore('selection', () => {
  const selected = shallowRef<Selected | null>(null)
  return {
    selected,
    select(what: Selected | null): void {
      selected.value = what
    },
  }
})
