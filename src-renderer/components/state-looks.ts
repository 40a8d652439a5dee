/** A phone's state as a word, a shape and a tone, the same wherever a phone is shown. */
import type { PhoneView } from '#shared/events/projection.ts'
import { text } from '#renderer/text/window-texts.ts'

type Tone = 'good' | 'quiet' | 'warning' | 'danger'

interface ShownState {
  readonly word: string
  /** The SVG path, on a grid of 10. */
  readonly shape: string
  readonly filled: boolean
  readonly tone: Tone
}

const CIRCLE = 'M5 1a4 4 0 1 0 0 8a4 4 0 0 0 0-8Z'

const STATES: Record<PhoneView['state'], ShownState> = {
  waiting: { word: text.fleet.states.waiting, shape: CIRCLE, filled: false, tone: 'quiet' },
  running: { word: text.fleet.states.running, shape: CIRCLE, filled: true, tone: 'good' },
  down: { word: text.fleet.states.down, shape: 'M5 .8L9.4 9H.6Z', filled: true, tone: 'warning' },
  out: { word: text.fleet.states.out, shape: 'M1.5 1.5l7 7M8.5 1.5l-7 7', filled: false, tone: 'danger' },
}

export function shownState(state: PhoneView['state']): ShownState {
  return STATES[state]
}
