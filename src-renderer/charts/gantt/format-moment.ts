/** A moment on the virtual clock, precise enough to be told from its neighbours on the screen: `12.345 s`, `45.678 ms`. */
export function formatMoment(seconds: number): string {
  if (Math.abs(seconds) < 1) return `${(seconds * 1e3).toFixed(3)} ms`
  return `${seconds.toFixed(3)} s`
}
