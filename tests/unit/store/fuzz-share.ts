/** Shared sessions with something wrong: bytes of the file itself, or of what its parts hold, sealed again so that no checksum tells. */
import { packParts, unpackParts } from '#main/store/share-format.ts'
import type { Stream } from '#shared/random/counter.ts'

export function fuzzed(file: Uint8Array, stream: Stream): Uint8Array {
  if (stream.below(3) === 0) return damaged(file, stream)
  const parts = [...unpackParts(file, 'good')]
  const victim = stream.below(parts.length)
  const changed = parts.map((part, i) => (i === victim ? { ...part, content: damaged(part.content, stream) } : part))
  if (stream.below(5) === 0) changed.splice(stream.below(changed.length), 1)
  if (stream.below(5) === 0) changed.push(changed[stream.below(Math.max(1, changed.length))] ?? parts[0]!)
  return packParts(changed)
}

function damaged(bytes: Uint8Array, stream: Stream): Uint8Array {
  const copy = Buffer.from(bytes)
  if (copy.length === 0) return copy
  const at = stream.below(copy.length)
  switch (stream.below(6)) {
    case 0:
      return copy.subarray(0, at)
    case 1:
      return Buffer.concat([copy, copy.subarray(at)])
    case 2:
      // Digits and quotes keep texts readable for longer than any byte.
      for (let i = 0; i < 8; i++) copy[stream.below(copy.length)] = '0123456789"{}[],:-e.'.charCodeAt(stream.below(20))
      return copy
    case 3:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(Math.min(copy.length, at + 1 + stream.below(40)))])
    case 4: {
      const text = copy.toString('latin1')
      const numbers = [...text.matchAll(/\d+/g)]
      const number = numbers[stream.below(Math.max(1, numbers.length))]
      if (!number) return copy
      const other = ['-1', '1e999', '9007199254740993', 'null', '"x"', '[]', '0'][stream.below(7)]!
      return Buffer.from(text.slice(0, number.index) + other + text.slice(number.index + number[0].length), 'latin1')
    }
    default:
      for (let i = 0; i < 1 + stream.below(20); i++) copy[stream.below(copy.length)] = stream.below(256)
      return copy
  }
}
