/** Formats seconds as a running clock shows them: `0:12.3`, `14:32.0`, `2:14:32`. */
export function formatClock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-'
  const tenths = Math.max(0, Math.round(seconds * 10))
  const whole = Math.floor(tenths / 10)
  const two = (part: number): string => String(part).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  if (hours > 0) return `${hours}:${two(minutes)}:${two(whole % 60)}`
  return `${minutes}:${two(whole % 60)}.${tenths % 10}`
}
