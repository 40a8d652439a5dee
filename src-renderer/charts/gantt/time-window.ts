/** The stretch of time on the screen, with pure functions for zooming and panning. Pixels count from the window's left edge. */

export interface TimeWindow {
  readonly fromSeconds: number
  readonly toSeconds: number
}

/** The shortest window; nothing is shorter on the virtual clock. */
const LEAST_SPAN_SECONDS = 1e-6
/** The room left and right of the whole schedule, as a share of it. */
const MARGIN = 0.02

/** Returns the window that shows a whole schedule of that many seconds. */
export function wholeWindow(seconds: number): TimeWindow {
  const span = Math.max(seconds, LEAST_SPAN_SECONDS)
  return { fromSeconds: -MARGIN * span, toSeconds: (1 + MARGIN) * span }
}

/** Returns the window in which `anchorSeconds` keeps its pixel and `factor` times as much time is seen. */
export function zoomed({ fromSeconds, toSeconds }: TimeWindow, anchorSeconds: number, factor: number, seconds: number): TimeWindow {
  const most = wholeWindow(seconds)
  const span = Math.min(Math.max((toSeconds - fromSeconds) * factor, LEAST_SPAN_SECONDS), most.toSeconds - most.fromSeconds)
  const share = (anchorSeconds - fromSeconds) / (toSeconds - fromSeconds)
  const from = anchorSeconds - share * span
  return within({ fromSeconds: from, toSeconds: from + span }, most)
}

export function panned({ fromSeconds, toSeconds }: TimeWindow, bySeconds: number, seconds: number): TimeWindow {
  return within({ fromSeconds: fromSeconds + bySeconds, toSeconds: toSeconds + bySeconds }, wholeWindow(seconds))
}

/** Returns the window after the least move that shows `[start, end]`, with a tenth of the window around it; it zooms out to a longer stretch. */
export function revealing(window: TimeWindow, start: number, end: number, seconds: number): TimeWindow {
  const span = window.toSeconds - window.fromSeconds
  if (end - start > 0.8 * span) return zoomedTo(start, end, seconds)
  const room = 0.1 * span
  if (start - room < window.fromSeconds) return panned(window, start - room - window.fromSeconds, seconds)
  if (end + room > window.toSeconds) return panned(window, end + room - window.toSeconds, seconds)
  return window
}

/** Returns the window with the stretch in the middle and half as much time around it. */
export function zoomedTo(start: number, end: number, seconds: number): TimeWindow {
  const span = Math.max(1.5 * (end - start), 10 * LEAST_SPAN_SECONDS)
  const from = (start + end - span) / 2
  return within({ fromSeconds: from, toSeconds: from + span }, wholeWindow(seconds))
}

export function pixelsPerSecond({ fromSeconds, toSeconds }: TimeWindow, width: number): number {
  return width / (toSeconds - fromSeconds)
}

export function secondsAt(window: TimeWindow, width: number, pixel: number): number {
  return window.fromSeconds + pixel / pixelsPerSecond(window, width)
}

export function pixelAt(window: TimeWindow, width: number, seconds: number): number {
  return (seconds - window.fromSeconds) * pixelsPerSecond(window, width)
}

/** Returns the window moved, and shortened if need be, to lie within `most`. */
function within({ fromSeconds, toSeconds }: TimeWindow, most: TimeWindow): TimeWindow {
  const span = Math.min(toSeconds - fromSeconds, most.toSeconds - most.fromSeconds)
  const from = Math.min(Math.max(fromSeconds, most.fromSeconds), most.toSeconds - span)
  return { fromSeconds: from, toSeconds: from + span }
}
