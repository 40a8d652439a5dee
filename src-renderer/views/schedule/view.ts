import { defineAsyncComponent } from 'vue'
import type { ViewParts } from '../view.ts'
import TaskInspector from './TaskInspector.vue'

export const schedule: ViewParts = {
  icon: 'M3 4.5h7M7 8.2h8M5 11.8h6M10 15.5h7',
  component: defineAsyncComponent(() => import('./ScheduleView.vue')),
  inspectors: { task: TaskInspector },
}
