/** The shade of a cell that shows bits per value: more bits are further from the background, and each doubling is a step of equal size. */
import { contrast, mix, type Rgb } from './oklab.ts'

export interface ShadeEnds {
  /** The shade of no bits, which is almost the background. */
  readonly least: Rgb
  /** The shade half way, a full colour, without which cells in the middle would be grey. */
  readonly middle: Rgb
  readonly most: Rgb
}

const MOST_BITS = 16

/** Returns the place of a number of bits on the scale of shades: 0 for no bits, 0.2 for 1 bit, 1 for 16 bits and more. */
export function bitsShare(bits: number): number {
  if (bits <= 0) return 0
  return Math.min(1, 0.2 + (0.8 * Math.log2(Math.max(bits, 1))) / Math.log2(MOST_BITS))
}

export function bitsShade(bits: number, { least, middle, most }: ShadeEnds): Rgb {
  const share = bitsShare(bits)
  return share < 0.5 ? mix(least, middle, 2 * share) : mix(middle, most, 2 * share - 1)
}

/** Returns black or white, whichever reads better on the ground: its contrast is at least 4.58 to 1 on any ground. */
export function inkOn(ground: Rgb): Rgb {
  return contrast(BLACK, ground) > contrast(WHITE, ground) ? BLACK : WHITE
}

const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]
