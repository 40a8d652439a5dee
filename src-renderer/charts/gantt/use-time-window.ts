/** The stretch of time and the rows on the screen, moved by wheel, drag, pinch and keys. */
import { computed, type MaybeRefOrGetter, shallowRef, toValue, watch } from 'vue'
import { panned, secondsAt, type TimeWindow, wholeWindow, zoomed } from './time-window.ts'

interface Extent {
  /** The seconds of the longest schedule. */
  readonly seconds: number
  /** Pixels: of all rows, of the part of them that is seen, and of the plot. */
  readonly rowsHeight: number
  readonly seenHeight: number
  readonly plotWidth: number
}

export function useTimeWindow(extent: MaybeRefOrGetter<Extent>) {
  const window = shallowRef<TimeWindow>(wholeWindow(toValue(extent).seconds))
  const scrollTop = shallowRef(0)
  const seconds = computed(() => toValue(extent).seconds)
  const mostScroll = computed(() => Math.max(0, toValue(extent).rowsHeight - toValue(extent).seenHeight))
  /** True if the window shows everything, so that a schedule that replaces this one is shown whole as well. */
  const whole = computed(() => {
    const most = wholeWindow(seconds.value)
    return window.value.toSeconds - window.value.fromSeconds >= 0.999 * (most.toSeconds - most.fromSeconds)
  })

  watch(seconds, (now, before) => {
    const most = wholeWindow(before)
    const wasWhole = window.value.toSeconds - window.value.fromSeconds >= 0.999 * (most.toSeconds - most.fromSeconds)
    window.value = wasWhole ? wholeWindow(now) : panned(window.value, 0, now)
  })
  watch(mostScroll, (most) => (scrollTop.value = Math.min(scrollTop.value, most)))

  function zoomAt(pixel: number, factor: number): void {
    window.value = zoomed(window.value, secondsAt(window.value, toValue(extent).plotWidth, pixel), factor, seconds.value)
  }
  function panBy(pixels: number): void {
    const { fromSeconds, toSeconds } = window.value
    window.value = panned(window.value, (pixels / toValue(extent).plotWidth) * (toSeconds - fromSeconds), seconds.value)
  }
  function scrollBy(pixels: number): void {
    scrollTop.value = Math.min(mostScroll.value, Math.max(0, scrollTop.value + pixels))
  }
  /** Scrolls no further than needed for rows `top` … `bottom` to be seen. */
  function revealRows(top: number, bottom: number): void {
    const { seenHeight } = toValue(extent)
    if (top < scrollTop.value) scrollBy(top - scrollTop.value)
    else if (bottom > scrollTop.value + seenHeight) scrollBy(bottom - scrollTop.value - seenHeight)
  }
  function showAll(): void {
    window.value = wholeWindow(seconds.value)
  }
  return { window, scrollTop, mostScroll, whole, zoomAt, panBy, scrollBy, revealRows, showAll }
}
