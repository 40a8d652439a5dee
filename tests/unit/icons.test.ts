import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const icons = join(import.meta.dirname, '..', '..', 'resources', 'icons')
/** Width of a PNG, which stands in its first chunk. */
const widthOf = (png: Buffer): number => {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  return png.readUInt32BE(16)
}

test('the icon for Windows has an image of every size that Windows asks for', () => {
  const file = readFileSync(join(icons, 'icon.ico'))
  const sizes = Array.from({ length: file.readUInt16LE(4) }, (_, i) => {
    const [length, offset] = [file.readUInt32LE(6 + 16 * i + 8), file.readUInt32LE(6 + 16 * i + 12)]
    const width = widthOf(file.subarray(offset, offset + length))
    expect(file.readUInt8(6 + 16 * i)).toBe(width % 256)
    return width
  })
  expect(sizes).toEqual([16, 24, 32, 48, 64, 128, 256])
})

test('the icon for macOS has an image for every size, and for dense screens', () => {
  const file = readFileSync(join(icons, 'icon.icns'))
  expect([file.subarray(0, 4).toString(), file.readUInt32BE(4)]).toEqual(['icns', file.length])
  const widths: Record<string, number> = {}
  for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
    widths[file.subarray(at, at + 4).toString()] = widthOf(file.subarray(at + 8))
  }
  expect(widths).toEqual({ ic11: 32, ic12: 64, ic07: 128, ic08: 256, ic13: 256, ic09: 512, ic14: 512, ic10: 1024 })
})

test('every icon for Linux is as large as its name says', () => {
  for (const size of [16, 32, 48, 64, 128, 256, 512]) expect(widthOf(readFileSync(join(icons, 'linux', `${size}x${size}.png`)))).toBe(size)
})
