/** Shade of a cell that tells how many bits a number got: the more, the further from the background; steps of equal size per doubling. */
import { contrast, mix, type Rgb } from './oklab.ts'

export interface ShadeEnds {
  /** Almost the background: nothing was sent. */
  readonly least: Rgb
  /** A full colour half way, or numbers in the middle would be grey. */
  readonly middle: Rgb
  readonly most: Rgb
}

const MOST_BITS = 16

/** 0 bits: 0; 1 bit: 0.2; 16 bits and more: 1. */
export function bitsShare(bits: number): number {
  if (bits <= 0) return 0
  return Math.min(1, 0.2 + (0.8 * Math.log2(Math.max(bits, 1))) / Math.log2(MOST_BITS))
}

export function bitsShade(bits: number, { least, middle, most }: ShadeEnds): Rgb {
  const share = bitsShare(bits)
  return share < 0.5 ? mix(least, middle, 2 * share) : mix(middle, most, 2 * share - 1)
}

/** Black or white, whichever reads better on the ground: at least 4.58 to 1 on any. */
export function inkOn(ground: Rgb): Rgb {
  return contrast(BLACK, ground) > contrast(WHITE, ground) ? BLACK : WHITE
}

const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]
