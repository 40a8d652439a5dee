/**
 * Counter-based pseudo-random numbers: the value at (key, counter) is a pure function, so any stream can be replayed from
 * any offset and no state travels between processes. Rounds are the finaliser of MurmurHash3 with the constants of
 * C. Wellons' "lowbias32" search (nullprogram.com/blog/2018/07/31), keyed twice so that streams of related keys differ nonlinearly.
 */
export type Key = readonly [number, number]

/** Returns the 32 random bits at `counter` (0 to 2^32 - 1) of the stream `key`. */
export function bitsAt(key: Key, counter: number): number {
  return mix(mix((counter ^ key[0]) | 0) + key[1] + 0x9e3779b9) >>> 0
}

/** Derives the key of a named sub-stream: `deriveKey(seed, 'partition', 3)`. Equal parts give equal keys on every machine. */
export function deriveKey(seed: number, ...parts: readonly (string | number)[]): Key {
  let a = mix(seed | 0)
  let b = mix((Math.floor(seed / 0x100000000) ^ 0x85ebca6b) | 0)
  for (const part of parts) {
    for (const word of words(part)) {
      a = mix((a ^ word) | 0)
      b = mix((b + a + 0x9e3779b9) | 0)
    }
  }
  return [a >>> 0, b >>> 0]
}

/** A sequential reader of one stream, for shuffles and draws where order is natural. */
export class Stream {
  readonly key: Key
  private counter = 0

  constructor(key: Key) {
    this.key = key
  }

  /** Draws 32 random bits. */
  bits(): number {
    return bitsAt(this.key, this.counter++)
  }

  /** Draws a number uniformly from [0, 1), with 53 bits. */
  uniform(): number {
    const high = this.bits() >>> 5
    const low = this.bits() >>> 6
    return (high * 0x4000000 + low) / 0x20000000000000
  }

  /** Draws a uniform integer in [0, bound), without modulo bias. */
  below(bound: number): number {
    const limit = 0x100000000 - (0x100000000 % bound)
    for (;;) {
      const bits = this.bits()
      if (bits < limit) return bits % bound
    }
  }

  /** Draws a standard normal number (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    return radius * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Draws a gamma number with shape `alpha` > 0 and scale 1 (Marsaglia and Tsang 2000). */
  gamma(alpha: number): number {
    if (alpha < 1) return this.gamma(alpha + 1) * (1 - this.uniform()) ** (1 / alpha)
    const d = alpha - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }

  /** Shuffles in place (Fisher and Yates) and returns the same array. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const swap = items[i] as T
      items[i] = items[j] as T
      items[j] = swap
    }
    return items
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

function mix(value: number): number {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) | 0
}

function* words(part: string | number): Generator<number> {
  if (typeof part === 'number') {
    yield part | 0
    yield Math.floor(part / 0x100000000) | 0
    return
  }
  yield part.length
  for (let i = 0; i < part.length; i++) yield part.charCodeAt(i)
}
