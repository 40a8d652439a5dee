/** Files that were compressed as a whole: recognised by how they begin, and unpacked where the platform can. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { InputError } from '#shared/errors/input-error.ts'

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer

/** In a beginning, null stands for any byte. */
const KNOWN: readonly { readonly name: string; readonly begins: readonly (number | null)[]; readonly unpack: Unpack | null }[] = [
  { name: 'gzip', begins: [0x1f, 0x8b], unpack: gunzipSync },
  { name: 'zstd', begins: [0x28, 0xb5, 0x2f, 0xfd], unpack: zstdDecompressSync },
  { name: 'xz', begins: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], unpack: null },
  { name: 'bzip2', begins: [0x42, 0x5a, 0x68, null, 0x31, 0x41, 0x59, 0x26], unpack: null },
  { name: 'LZ4', begins: [4, 0x22, 0x4d, 0x18], unpack: null },
]

/** Extensions that name a file's compression, behind the one that names its kind. */
const PACKED = ['.gz', '.zst', '.br'] as const

/** The name without the extension of its compression. */
export function unpackedName(path: string): string {
  const packed = PACKED.find((extension) => path.toLowerCase().endsWith(extension))
  return packed === undefined ? path : path.slice(0, -packed.length)
}

/** The content of a file that may be compressed. @throws InputError if it is damaged, too large or of a kind that is not read here */
export function unpacked(bytes: Buffer, path: string, maximumBytes: number): Buffer {
  const known = KNOWN.find(({ begins }) => begins.every((byte, i) => byte === null || bytes[i] === byte))
  // Brotli has no beginning of its own.
  const unpack = known ? known.unpack : path.toLowerCase().endsWith('.br') ? brotliDecompressSync : undefined
  if (unpack === undefined) return bytes
  const name = known?.name ?? 'brotli'
  if (unpack === null) throw new InputError(path, `a file packed by ${name}`, 'an unpacked file, or one packed by gzip, zstd or brotli')
  try {
    return unpack(bytes, { maxOutputLength: maximumBytes })
  } catch (cause) {
    const large = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    const found = large ? `${name} with more than ${maximumBytes / 2 ** 20} MiB inside` : `damaged ${name} (${(cause as Error).message})`
    throw new InputError(path, found, large ? 'less (split or sample it)' : 'a whole file', { cause })
  }
}
