/** PNG images in the containers that Windows and macOS take icons from. */

export interface Image {
  /** Pixels, each way. */
  readonly size: number
  readonly png: Uint8Array
}

/** An .ico: a header, an entry of 16 bytes for each image, the images. */
export function ico(images: readonly Image[]): Buffer {
  const header = Buffer.alloc(6 + 16 * images.length)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(images.length, 4)
  let offset = header.length
  for (const [i, { size, png }] of images.entries()) {
    const at = 6 + 16 * i
    // 256 is written as 0.
    header.writeUInt8(size % 256, at)
    header.writeUInt8(size % 256, at + 1)
    header.writeUInt16LE(1, at + 4)
    header.writeUInt16LE(32, at + 6)
    header.writeUInt32LE(png.length, at + 8)
    header.writeUInt32LE(offset, at + 12)
    offset += png.length
  }
  return Buffer.concat([header, ...images.map(({ png }) => png)])
}

/** What macOS calls a PNG of each size; those of 32, 64, 256, 512 and 1024 also stand for half their size on dense screens. */
export const ICNS_TYPES: Readonly<Record<number, readonly string[]>> = {
  32: ['ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
}

/** An .icns: a header of 8 bytes, then a type, a length and a PNG for each image. Lengths count themselves. */
export function icns(images: readonly Image[]): Buffer {
  const entries = images.flatMap(({ size, png }) => (ICNS_TYPES[size] ?? []).map((type) => Buffer.concat([head(type, png.length), png])))
  const body = Buffer.concat(entries)
  return Buffer.concat([head('icns', body.length), body])
}

function head(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.write(type, 'latin1')
  bytes.writeUInt32BE(length + 8, 4)
  return bytes
}
