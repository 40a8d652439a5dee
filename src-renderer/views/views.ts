/** The seven views. Those with charts are loaded when they are first shown. */
import { type Component, defineAsyncComponent } from 'vue'
import type { ViewName } from '../router/route.ts'
import FleetView from './fleet/FleetView.vue'
import RunView from './run/RunView.vue'
import SessionsView from './sessions/SessionsView.vue'

export const VIEW_COMPONENTS: Record<ViewName, Component> = {
  run: RunView,
  fleet: FleetView,
  schedule: defineAsyncComponent(() => import('./schedule/ScheduleView.vue')),
  compression: defineAsyncComponent(() => import('./compression/CompressionView.vue')),
  convergence: defineAsyncComponent(() => import('./convergence/ConvergenceView.vue')),
  memory: defineAsyncComponent(() => import('./memory/MemoryView.vue')),
  sessions: SessionsView,
}
