import { defineAsyncComponent } from 'vue'
import type { ViewParts } from '../view.ts'

export const memory: ViewParts = {
  icon: 'M5 5h10v10H5ZM7.5 2.5v2M12.5 2.5v2M7.5 15.5v2M12.5 15.5v2M2.5 7.5h2M2.5 12.5h2M15.5 7.5h2M15.5 12.5h2',
  component: defineAsyncComponent(() => import('./MemoryView.vue')),
}
