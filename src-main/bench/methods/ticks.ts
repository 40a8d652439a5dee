/** Chooses round numbers for axes. */

/** Returns multiples of 1, 2 or 5 times a power of ten from `least` to `most`, about `count` of them; rounding errors drop none of them. */
export function linearTicks(least: number, most: number, count: number): number[] {
  const rough = (most - least) / Math.max(1, count)
  if (!(rough > 0)) return [least]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10) * power
  const first = Math.ceil(least / step - 1e-9)
  const last = Math.floor(most / step + 1e-9)
  // Each tick is computed from its multiple and not by adding up, because 0.1 + 0.2 is not 0.3.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Returns 1, 10 and 100 of each unit from B to TiB, as far as they lie between `least` and `most`. */
export function byteTicks(least: number, most: number): number[] {
  const all = [0, 1, 2, 3, 4].flatMap((power) => [1, 10, 100].map((factor) => factor * 1024 ** power))
  return all.filter((tick) => tick >= least && tick <= most)
}
