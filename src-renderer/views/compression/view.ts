import { defineAsyncComponent } from 'vue'
import type { ViewParts } from '../view.ts'
import CellInspector from './CellInspector.vue'

export const compression: ViewParts = {
  icon: 'M3 3h4v4H3ZM8 3h4v4H8ZM13 3h4v4h-4ZM3 8h4v4H3ZM8 8h4v4H8ZM13 8h4v4h-4ZM3 13h4v4H3ZM8 13h4v4H8ZM13 13h4v4h-4Z',
  component: defineAsyncComponent(() => import('./CompressionView.vue')),
  inspectors: { cell: CellInspector },
}
