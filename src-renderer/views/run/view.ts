import type { ViewParts } from '../view.ts'
import RunView from './RunView.vue'

export const run: ViewParts = {
  icon: 'M6 4.2v11.6a.6.6 0 0 0 .92.5l9-5.8a.6.6 0 0 0 0-1l-9-5.8a.6.6 0 0 0-.92.5Z',
  component: RunView,
}
