/** Unpacks pages of a parquet file. A few bytes can stand for gigabytes, so what all pages of one reading say they will be is counted. */
import type { CompressionCodec, PageHeader } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** The most bytes a column may unpack to. Text files are limited to 512 MiB, and texts may be packed well. */
const MOST_UNPACKED_BYTES = 2 ** 30

export class Unpacker {
  private left = MOST_UNPACKED_BYTES

  /**
   * The content of a page.
   * @param levels bytes in front that are never packed
   * @throws Error if it is not as long as the header says, or too much with all pages before
   */
  page(packed: Uint8Array, header: PageHeader, codec: CompressionCodec, levels: number): Uint8Array {
    const size = Number(header.uncompressed_page_size)
    if (!(size >= levels && packed.length >= levels)) throw new Error(`a page of ${size} bytes with ${levels} bytes of levels`)
    if (!(size <= this.left)) throw new Error(`more than ${MOST_UNPACKED_BYTES / 2 ** 20} MiB when it is unpacked`)
    this.left -= size
    const asItIs = codec === 'UNCOMPRESSED' || header.data_page_header_v2?.is_compressed === false || size === levels
    const content = asItIs ? packed : this.unpacked(packed, codec, levels, size)
    if (content.length !== size) throw new Error(`a page of ${content.length} bytes that says it has ${size}`)
    return content
  }

  private unpacked(packed: Uint8Array, codec: CompressionCodec, levels: number, size: number): Uint8Array {
    const unpack = compressors[codec]
    if (!unpack) throw new Error(`pages packed by ${codec}`)
    const values = unpack(packed.subarray(levels), size - levels)
    return levels === 0 ? values : Buffer.concat([packed.subarray(0, levels), values])
  }
}
