// Keyed counter-based random bits, four counters at a time. One word is C. Wellons' "triple32" permutation (three
// multiply-xorshift rounds at the theoretical bias limit, github.com/skeeto/hash-prospector) with a subkey added before each round:
//   x = c + s0; x ^= x >> 17; x *= m1; x += s1; x ^= x >> 11; x *= m2; x += s2; x ^= x >> 15; x *= m3; x ^= x >> 14
// Subkeys are hashes of both key words, so related keys share no round and no stream is a shift or permutation of another.

export const MULTIPLIER_1: u32 = 0xed5ad4bb
export const MULTIPLIER_2: u32 = 0xac4c1b51
export const MULTIPLIER_3: u32 = 0x31848bab

/** Applies the triple32 hash to one word. */
function mix(word: u32): u32 {
  let x = word
  x ^= x >> 17
  x *= MULTIPLIER_1
  x ^= x >> 11
  x *= MULTIPLIER_2
  x ^= x >> 15
  x *= MULTIPLIER_3
  return x ^ (x >> 14)
}

/** Subkey `index` of the key (k0, k1), in all four lanes. Every use of a key takes indices of its own. */
export function subkey(k0: u32, k1: u32, index: u32): v128 {
  return i32x4.splat(mix(mix(k0 ^ mix(index + 1)) + k1))
}

/** 32 random bits for each of the four counters; m1, m2, m3 hold the multipliers. */
export function bits(counters: v128, s0: v128, s1: v128, s2: v128, m1: v128, m2: v128, m3: v128): v128 {
  let x = i32x4.add(counters, s0)
  x = v128.xor(x, i32x4.shr_u(x, 17))
  x = i32x4.add(i32x4.mul(x, m1), s1)
  x = v128.xor(x, i32x4.shr_u(x, 11))
  x = i32x4.add(i32x4.mul(x, m2), s2)
  x = v128.xor(x, i32x4.shr_u(x, 15))
  x = i32x4.mul(x, m3)
  return v128.xor(x, i32x4.shr_u(x, 14))
}

/** The counters 4g, 4g+1, 4g+2, 4g+3 of group g. */
export function countersOf(group: u32): v128 {
  return i32x4.add(i32x4.splat(group << 2), i32x4(0, 1, 2, 3))
}
