/** The inspector's panel for each kind of thing that can be selected; a view adds its own here. */
import type { Component } from 'vue'
import type { Selected } from '../stores/selection.ts'
import PhoneInspector from './fleet/PhoneInspector.vue'
import CellInspector from './compression/CellInspector.vue'
import TaskInspector from './schedule/TaskInspector.vue'

export const INSPECTORS: Partial<Record<Selected['kind'], Component>> = {
  phone: PhoneInspector,
  phones: PhoneInspector,
  task: TaskInspector,
  cell: CellInspector,
}
