import type { ViewParts } from '../view.ts'
import FleetView from './FleetView.vue'
import PhoneInspector from './PhoneInspector.vue'

export const fleet: ViewParts = {
  icon: 'M3.5 3h5v10h-5ZM11.5 7h5v10h-5ZM5.3 10.8h1.4M13.3 14.8h1.4',
  component: FleetView,
  inspectors: { phone: PhoneInspector, phones: PhoneInspector },
}
