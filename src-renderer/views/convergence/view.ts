import { defineAsyncComponent } from 'vue'
import type { ViewParts } from '../view.ts'

export const convergence: ViewParts = {
  icon: 'M3 3v14h14M5.5 13.5c2-6 4.5-7.5 11-8',
  component: defineAsyncComponent(() => import('./ConvergenceView.vue')),
}
