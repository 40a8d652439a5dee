/**
 * Selects the bars of a lane to draw: tasks within the window, found by binary search, with one mark for all tasks that share a pixel. So a frame
 * draws at most a bar per pixel and lane, however many tasks there are.
 */
import type { Lane } from './schedule-model.ts'
import { pixelsPerSecond, type TimeWindow } from './time-window.ts'

/** Tasks `first` … `last` at pixels `left` … `right`; several where they are too short to be told apart. */
type DrawBar = (first: number, last: number, left: number, right: number) => void

/** The least width of a bar, so that no task is invisible. */
const LEAST_BAR_PIXELS = 1

export function forEachVisibleBar(lane: Lane, window: TimeWindow, width: number, draw: DrawBar): void {
  const { starts, ends } = lane
  const scale = pixelsPerSecond(window, width)
  const pixel = LEAST_BAR_PIXELS / scale
  let i = firstSeen(lane, window.fromSeconds)
  const beyond = lowerBound(starts, window.toSeconds, i, starts.length)
  while (i < beyond) {
    const start = starts[i]!
    const left = (start - window.fromSeconds) * scale
    const right = (ends[i]! - window.fromSeconds) * scale
    if (right - left >= LEAST_BAR_PIXELS) {
      draw(i, i, left, right)
      i++
      continue
    }
    const next = afterMerged(lane, i, beyond, start + pixel, pixel)
    draw(i, next - 1, left, left + LEAST_BAR_PIXELS)
    i = next
  }
}

/** Returns the first task after `i` that starts beyond the pixel or is wide enough for a bar of its own. */
function afterMerged({ starts, ends }: Lane, i: number, beyond: number, until: number, pixel: number): number {
  const next = lowerBound(starts, until, i + 1, beyond)
  // Only the last task within the pixel can be a wide one: the others end before it starts.
  return next - 1 > i && ends[next - 1]! - starts[next - 1]! >= pixel ? next - 1 : next
}

/** Returns the idle stretches within the window that are at least `least` pixels wide, from time 0 to `seconds`. */
export function forEachVisibleGap(
  { starts, reaches }: Lane,
  window: TimeWindow,
  width: number,
  seconds: number,
  least: number,
  draw: (left: number, right: number) => void,
): void {
  const scale = pixelsPerSecond(window, width)
  const from = Math.max(0, window.fromSeconds)
  const to = Math.min(seconds, window.toSeconds)
  const leastSeconds = least / scale
  // The task before the first one seen may end before the window: the gap begins with it.
  let i = firstSeen({ reaches }, from)
  let free = i > 0 ? Math.max(from, reaches[i - 1]!) : from
  while (free < to) {
    const start = i < starts.length ? Math.min(starts[i]!, to) : to
    if (start - free >= leastSeconds) draw((free - window.fromSeconds) * scale, (start - window.fromSeconds) * scale)
    if (i >= starts.length) break
    free = Math.max(free, reaches[i]!)
    i++
  }
}

/** Returns the index of the first task that ends after `seconds`. */
export function firstSeen({ reaches }: Pick<Lane, 'reaches'>, seconds: number): number {
  let low = 0
  let high = reaches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (reaches[middle]! <= seconds) low = middle + 1
    else high = middle
  }
  return low
}

/** Returns the index in `[low, high)` of the first value that is at least `value`. */
export function lowerBound(values: Float64Array, value: number, low: number, high: number): number {
  let from = low
  let to = high
  while (from < to) {
    const middle = (from + to) >> 1
    if (values[middle]! < value) from = middle + 1
    else to = middle
  }
  return from
}
