/**
 * Computes how large the value of a MessagePack message would become, without making any of it: a few bytes can claim lists of millions inside each
 * other. https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import type { PlainLimits } from './plain-data.ts'

/**
 * The types whose length follows their first byte: `width` is the number of bytes that hold the length, `parts` how many values follow per unit of
 * it.
 */
const SIZED: Readonly<Record<number, { readonly width: 1 | 2 | 4; readonly parts: 0 | 1 | 2 }>> = {
  0xc4: { width: 1, parts: 0 },
  0xc5: { width: 2, parts: 0 },
  0xc6: { width: 4, parts: 0 },
  0xd9: { width: 1, parts: 0 },
  0xda: { width: 2, parts: 0 },
  0xdb: { width: 4, parts: 0 },
  0xdc: { width: 2, parts: 1 },
  0xdd: { width: 4, parts: 1 },
  0xde: { width: 2, parts: 2 },
  0xdf: { width: 4, parts: 2 },
}

/** The bytes that follow the first byte of a number: float 32 and 64, uint 8 to 64, int 8 to 64. */
const NUMBER_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]
const FIRST_NUMBER = 0xca

/** @throws RangeError for a message that is cut off, goes on after its end, or is deeper or longer than the limits */
export function checkMessageSize(bytes: Uint8Array, { depth, items }: Pick<PlainLimits, 'depth' | 'items'>): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  /** The number of values that are still to come, by depth. */
  const pending = [1]
  let offset = 0
  let values = 0
  while (pending.length > 0) {
    const open = pending.length - 1
    if (pending[open] === 0) {
      pending.pop()
      continue
    }
    pending[open]!--
    if (++values > items) throw new RangeError(`more than ${items} values`)
    if (offset >= bytes.length) throw new RangeError('a message that is cut off')
    const first = view.getUint8(offset++)
    let skipped = 0
    let parts = 0
    if (first < 0x80 || first >= 0xe0 || first === 0xc0 || first === 0xc2 || first === 0xc3) continue
    if (first < 0xa0) parts = (first & 0x0f) * (first < 0x90 ? 2 : 1)
    else if (first < 0xc0) skipped = first & 0x1f
    else if (first >= FIRST_NUMBER && first < FIRST_NUMBER + NUMBER_BYTES.length) skipped = NUMBER_BYTES[first - FIRST_NUMBER]!
    else {
      const sized = SIZED[first]
      if (!sized) throw new RangeError(`a value of a kind that the lab doesn't have (0x${first.toString(16)})`)
      if (offset + sized.width > bytes.length) throw new RangeError('a message that is cut off')
      const length = sized.width === 1 ? view.getUint8(offset) : sized.width === 2 ? view.getUint16(offset) : view.getUint32(offset)
      offset += sized.width
      if (sized.parts === 0) skipped = length
      else parts = length * sized.parts
    }
    // Every value takes at least one byte.
    if (skipped + parts > bytes.length - offset) throw new RangeError('a message that is cut off')
    offset += skipped
    if (parts === 0) continue
    if (pending.length > depth) throw new RangeError(`lists and objects more than ${depth} deep`)
    if (values + parts > items) throw new RangeError(`more than ${items} values`)
    pending.push(parts)
  }
  if (offset !== bytes.length) throw new RangeError('a message that goes on after its end')
}
