/** Keys on the chart: W, A, S, D move while they are held; arrows move the selection, or the window where nothing is selected. */
import { useEventListener } from '@vueuse/core'
import { onScopeDispose, type Ref } from 'vue'
import type { Direction } from './find-task.ts'

interface KeyActions {
  readonly plotWidth: () => number
  readonly hasSelection: () => boolean
  readonly panBy: (pixels: number) => void
  readonly scrollBy: (pixels: number) => void
  /** Zooms about the middle of the window. */
  readonly zoomBy: (factor: number) => void
  readonly selectNeighbour: (direction: Direction) => void
  readonly selectNearest: () => void
  readonly clear: () => void
  readonly showAll: () => void
  readonly showSelected: () => void
  /** True to move in steps instead of smoothly. */
  readonly reducedMotion: () => boolean
}

const HELD = ['w', 'a', 's', 'd'] as const
type Held = (typeof HELD)[number]

/** The speeds of moving, in plot widths per second, and of zooming, in doublings per second. */
const PAN_SPEED = 1.2
const ZOOM_SPEED = 2.2
const STEP_SECONDS = 0.08
const SCROLL_STEP = 60

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'earlier',
  ArrowRight: 'later',
  ArrowUp: 'lane-above',
  ArrowDown: 'lane-below',
}

export function useKeys(target: Readonly<Ref<HTMLElement | null>>, actions: KeyActions): void {
  const held = new Set<Held>()
  let frame = 0
  let last = 0

  const move = (seconds: number): void => {
    const across = PAN_SPEED * seconds * actions.plotWidth()
    if (held.has('a')) actions.panBy(-across)
    if (held.has('d')) actions.panBy(across)
    if (held.has('w')) actions.zoomBy(2 ** (-ZOOM_SPEED * seconds))
    if (held.has('s')) actions.zoomBy(2 ** (ZOOM_SPEED * seconds))
  }
  const run = (now: number): void => {
    move(Math.min(0.05, (now - last) / 1000))
    last = now
    frame = held.size > 0 ? requestAnimationFrame(run) : 0
  }
  const stop = (): void => {
    held.clear()
    cancelAnimationFrame(frame)
    frame = 0
  }

  useEventListener(target, 'keydown', (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (press(event)) {
      // Letters and arrows mean the chart while it has the focus, not the window's commands.
      event.preventDefault()
      event.stopPropagation()
    }
  })
  useEventListener(target, 'keyup', (event: KeyboardEvent) => held.delete(event.key.toLowerCase() as Held))
  useEventListener(target, 'blur', stop)
  onScopeDispose(stop)

  function press({ key, shiftKey, repeat }: KeyboardEvent): boolean {
    const letter = key.toLowerCase() as Held
    if (HELD.includes(letter)) {
      held.add(letter)
      if (actions.reducedMotion()) {
        move(2 * STEP_SECONDS)
        held.delete(letter)
      } else if (!repeat) {
        move(STEP_SECONDS)
        if (frame === 0) {
          last = performance.now()
          frame = requestAnimationFrame(run)
        }
      }
      return true
    }
    const direction = ARROWS[key]
    if (direction) {
      if (actions.hasSelection() && !shiftKey) actions.selectNeighbour(direction)
      else if (key === 'ArrowLeft' || key === 'ArrowRight') actions.panBy((key === 'ArrowLeft' ? -0.1 : 0.1) * actions.plotWidth())
      else actions.scrollBy(key === 'ArrowUp' ? -SCROLL_STEP : SCROLL_STEP)
      return true
    }
    switch (key) {
      case 'Enter':
        if (actions.hasSelection()) actions.showSelected()
        else actions.selectNearest()
        return true
      case 'Escape':
        if (!actions.hasSelection()) return false
        actions.clear()
        return true
      case 'Home':
      case '0':
        actions.showAll()
        return true
      case 'f':
        actions.showSelected()
        return true
      case 'PageUp':
      case 'PageDown':
        actions.scrollBy(key === 'PageUp' ? -5 * SCROLL_STEP : 5 * SCROLL_STEP)
        return true
      default:
        return false
    }
  }
}
