// Random signs z = +1 or -1, one bit each: of the 128 elements of block b, element e takes bit 31 - floor(e / 4) of the word at counter
// 4b + e mod 4, so that the signs of four neighbours are one shift of one vector. A set bit is -1.
import { bits, countersOf, MULTIPLIER_1, MULTIPLIER_2, MULTIPLIER_3, subkey } from './triple32'
import { addWithin, dotWithin, sumOfPair } from './lanes'

/** Adds random values: p[i] += scale * z(offset + i). */
export function addRademacher(p: usize, n: i32, scale: f32, k0: u32, k1: u32, offset: f64): void {
  const s0 = subkey(k0, k1, 6)
  const s1 = subkey(k0, k1, 7)
  const s2 = subkey(k0, k1, 8)
  const first = <u64>offset
  const scales = f32x4.splat(scale)
  let counters = countersOf(<u32>(first >> 7))
  for (let i = -(<i32>(first & 127)); i < n; i += 128) {
    let words = signWords(counters, s0, s1, s2)
    counters = i32x4.add(counters, i32x4.splat(4))
    if (i >= 0 && i + 128 <= n) {
      let address = p + (i << 2)
      const end = address + 512
      while (address < end) {
        addFour(address, scales, words)
        addFour(address + 16, scales, i32x4.shl(words, 1))
        addFour(address + 32, scales, i32x4.shl(words, 2))
        addFour(address + 48, scales, i32x4.shl(words, 3))
        words = i32x4.shl(words, 4)
        address += 64
      }
    } else {
      for (let j = i; j < i + 128; j += 4) {
        if (j >= 0 && j + 4 <= n) addFour(p + (j << 2), scales, words)
        else addWithin(p, j, n, scale, signed(f32x4.splat(1), words))
        words = i32x4.shl(words, 1)
      }
    }
  }
}

/** Returns the sum of p[i] * z(offset + i). */
export function dotRademacher(p: usize, n: i32, k0: u32, k1: u32, offset: f64): f64 {
  const s0 = subkey(k0, k1, 6)
  const s1 = subkey(k0, k1, 7)
  const s2 = subkey(k0, k1, 8)
  const first = <u64>offset
  let counters = countersOf(<u32>(first >> 7))
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  let edges: f64 = 0
  for (let i = -(<i32>(first & 127)); i < n; i += 128) {
    let words = signWords(counters, s0, s1, s2)
    counters = i32x4.add(counters, i32x4.splat(4))
    for (let j = i; j < i + 128; j += 4) {
      if (j >= 0 && j + 4 <= n) {
        const x = signed(v128.load(p + (j << 2)), words)
        low = f64x2.add(low, f64x2.promote_low_f32x4(x))
        high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)))
      } else {
        edges += dotWithin(p, j, n, signed(f32x4.splat(1), words))
      }
      words = i32x4.shl(words, 1)
    }
  }
  return edges + sumOfPair(f64x2.add(low, high))
}

function signWords(counters: v128, s0: v128, s1: v128, s2: v128): v128 {
  return bits(counters, s0, s1, s2, i32x4.splat(MULTIPLIER_1), i32x4.splat(MULTIPLIER_2), i32x4.splat(MULTIPLIER_3))
}

function addFour(address: usize, scales: v128, words: v128): void {
  v128.store(address, f32x4.add(v128.load(address), signed(scales, words)))
}

/** x with its sign flipped where the top bit of the word is set. */
function signed(x: v128, words: v128): v128 {
  return v128.xor(x, v128.and(words, i32x4.splat(0x80000000)))
}
