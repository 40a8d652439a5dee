import type { ViewParts } from '../view.ts'
import SessionsView from './SessionsView.vue'

export const sessions: ViewParts = {
  icon: 'M3.5 4h13v3.5h-13ZM4.5 7.5V16h11V7.5M8 10.5h4',
  component: SessionsView,
}
