/** The places and heights of charts that stand below each other, in pixels. */
export interface Band {
  readonly top: number
  readonly height: number
}

/** Accuracy and loss, and of one session's guidance also energies and sources. */
export function bandsOf(height: number, scale: number, guidance: boolean): Band[] {
  const heading = 38 * scale
  const foot = 44 * scale
  if (!guidance) {
    const room = Math.max(80, height - 2 * heading - foot)
    return [
      { top: heading, height: 0.58 * room },
      { top: 2 * heading + 0.58 * room, height: 0.42 * room },
    ]
  }
  const strip = 16 * scale
  const room = Math.max(120, height - 4 * heading - foot - strip)
  const [accuracy, loss, energy] = [0.46 * room, 0.27 * room, 0.27 * room]
  return [
    { top: heading, height: accuracy },
    { top: 2 * heading + accuracy, height: loss },
    { top: 3 * heading + accuracy + loss, height: energy },
    { top: 4 * heading + accuracy + loss + energy, height: strip },
  ]
}
