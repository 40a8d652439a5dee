/** The stretch of time that is on the screen, and what zooming and panning make of it. Pure; pixels count from the window's left edge. */

export interface TimeWindow {
  readonly fromSeconds: number
  readonly toSeconds: number
}

/** Nothing is shorter than this on the virtual clock. */
const LEAST_SPAN_SECONDS = 1e-6
/** Room left and right of the whole schedule, as a share of it. */
const MARGIN = 0.02

/** Returns the window that shows a whole schedule of that many seconds. */
export function wholeWindow(seconds: number): TimeWindow {
  const span = Math.max(seconds, LEAST_SPAN_SECONDS)
  return { fromSeconds: -MARGIN * span, toSeconds: (1 + MARGIN) * span }
}

/** The window in which `anchorSeconds` keeps its pixel and `factor` times as much time is seen. */
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

/** The least move after which `[start, end]` is seen, with a tenth of the window around it; a longer stretch is zoomed to. */
export function revealing(window: TimeWindow, start: number, end: number, seconds: number): TimeWindow {
  const span = window.toSeconds - window.fromSeconds
  if (end - start > 0.8 * span) return zoomedTo(start, end, seconds)
  const room = 0.1 * span
  if (start - room < window.fromSeconds) return panned(window, start - room - window.fromSeconds, seconds)
  if (end + room > window.toSeconds) return panned(window, end + room - window.toSeconds, seconds)
  return window
}

/** The stretch in the middle, half as much time around it. */
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

/** Moved, and shortened if need be, to lie within `most`. */
function within({ fromSeconds, toSeconds }: TimeWindow, most: TimeWindow): TimeWindow {
  const span = Math.min(toSeconds - fromSeconds, most.toSeconds - most.fromSeconds)
  const from = Math.min(Math.max(fromSeconds, most.fromSeconds), most.toSeconds - span)
  return { fromSeconds: from, toSeconds: from + span }
}
