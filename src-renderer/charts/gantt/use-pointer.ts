/** Wheel, drag, pinch and click on the chart. Pixels count from the chart's left and upper edges. */
import { useEventListener } from '@vueuse/core'
import type { Ref } from 'vue'

interface PointerActions {
  /** True if there are rows beyond the upper or lower edge. */
  readonly scrollable: () => boolean
  readonly zoomAt: (x: number, factor: number) => void
  readonly panBy: (pixels: number) => void
  readonly scrollBy: (pixels: number) => void
  readonly hover: (x: number, y: number) => void
  readonly leave: () => void
  readonly click: (x: number, y: number) => void
  readonly doubleClick: (x: number, y: number) => void
}

/** The pixels of movement below which a press is a click. */
const CLICK_PIXELS = 4
/** The pixels per line for a wheel that counts in lines or pages. */
const LINE_PIXELS = 16
const PAGE_PIXELS = 400

export function usePointer(target: Readonly<Ref<HTMLElement | null>>, actions: PointerActions): void {
  const pressed = new Map<number, { x: number; y: number }>()
  let travelled = 0
  let pinch = 0

  const place = (event: MouseEvent): { x: number; y: number } => {
    const box = target.value!.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }

  useEventListener(
    target,
    'wheel',
    (event: WheelEvent) => {
      event.preventDefault()
      const unit = event.deltaMode === 1 ? LINE_PIXELS : event.deltaMode === 2 ? PAGE_PIXELS : 1
      const dx = event.deltaX * unit
      const dy = event.deltaY * unit
      const { x } = place(event)
      if (event.ctrlKey || event.metaKey) actions.zoomAt(x, Math.exp(clamped(dy, 60) * 0.01))
      else if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) actions.panBy(dx !== 0 ? dx : dy)
      else if (actions.scrollable()) actions.scrollBy(dy)
      else actions.zoomAt(x, Math.exp(clamped(dy, 120) * 0.0025))
    },
    { passive: false },
  )

  useEventListener(target, 'pointerdown', (event: PointerEvent) => {
    if (event.button !== 0) return
    target.value!.setPointerCapture(event.pointerId)
    pressed.set(event.pointerId, place(event))
    travelled = 0
    pinch = spread(pressed)
  })

  useEventListener(target, 'pointermove', (event: PointerEvent) => {
    const now = place(event)
    const before = pressed.get(event.pointerId)
    if (!before) {
      actions.hover(now.x, now.y)
      return
    }
    pressed.set(event.pointerId, now)
    const share = 1 / pressed.size
    travelled += Math.hypot(now.x - before.x, now.y - before.y)
    if (travelled < CLICK_PIXELS) return
    actions.panBy((before.x - now.x) * share)
    actions.scrollBy((before.y - now.y) * share)
    if (pressed.size > 1) {
      const wider = spread(pressed)
      if (pinch > 0 && wider > 0) actions.zoomAt(middle(pressed), pinch / wider)
      pinch = wider
    }
  })

  const release = (event: PointerEvent): void => {
    const was = pressed.delete(event.pointerId)
    pinch = spread(pressed)
    if (was && pressed.size === 0 && travelled < CLICK_PIXELS && event.type === 'pointerup') {
      const { x, y } = place(event)
      actions.click(x, y)
    }
  }
  useEventListener(target, 'pointerup', release)
  useEventListener(target, 'pointercancel', release)
  useEventListener(target, 'pointerleave', () => actions.leave())
  useEventListener(target, 'dblclick', (event: MouseEvent) => {
    const { x, y } = place(event)
    actions.doubleClick(x, y)
  })
}

/** Returns the horizontal distance of two fingers; 0 for one. */
function spread(pressed: ReadonlyMap<number, { x: number }>): number {
  const xs = [...pressed.values()].map(({ x }) => x)
  return xs.length < 2 ? 0 : Math.max(24, Math.max(...xs) - Math.min(...xs))
}

function middle(pressed: ReadonlyMap<number, { x: number }>): number {
  return [...pressed.values()].reduce((sum, { x }) => sum + x, 0) / pressed.size
}

function clamped(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value))
}
