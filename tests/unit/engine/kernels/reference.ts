/** The random streams once more in plain double precision, from their definition: an oracle for the SIMD kernels. */
import type { Key } from '#shared/random/counter.ts'

function triple32(input: number): number {
  let x = input >>> 0
  x = Math.imul(x ^ (x >>> 17), 0xed5ad4bb)
  x = Math.imul(x ^ (x >>> 11), 0xac4c1b51)
  x = Math.imul(x ^ (x >>> 15), 0x31848bab)
  return (x ^ (x >>> 14)) >>> 0
}

/** The word at `counter` of the sub-stream whose three subkeys begin at `index`. */
function word([k0, k1]: Key, index: number, counter: number): number {
  const subkey = (j: number): number => triple32(triple32(k0 ^ triple32(j + 1)) + k1)
  let x = (counter + subkey(index)) | 0
  x = (Math.imul(x ^ (x >>> 17), 0xed5ad4bb) + subkey(index + 1)) | 0
  x = (Math.imul(x ^ (x >>> 11), 0xac4c1b51) + subkey(index + 2)) | 0
  x = Math.imul(x ^ (x >>> 15), 0x31848bab)
  return (x ^ (x >>> 14)) >>> 0
}

export function gaussianAt(key: Key, i: number): number {
  const counter = Math.floor(i / 8) * 4 + (i % 4)
  const u = (Math.floor(word(key, 0, counter) / 2) + 0.5) / 2 ** 31
  const turn = word(key, 3, counter)
  const angle = ((turn << 1) / 2 ** 31) * (Math.PI / 2)
  const r = Math.sqrt(-2 * Math.log(u))
  return i % 8 < 4 ? r * Math.cos(angle) * (turn >= 2 ** 31 ? -1 : 1) : r * Math.sin(angle)
}

export function rademacherAt(key: Key, i: number): number {
  const bits = word(key, 6, Math.floor(i / 128) * 4 + (i % 4))
  return (bits >>> (31 - Math.floor((i % 128) / 4))) & 1 ? -1 : 1
}
