/** Writes the protocol-buffer wire format (protobuf.dev/programming-guides/encoding): just what an ONNX model and a Perfetto trace need. */
export class ProtobufWriter {
  private readonly chunks: Uint8Array[] = []

  /** A varint field: int32, int64, enum. Negative numbers take ten bytes, as the format has it. */
  integer(field: number, value: number | bigint): this {
    this.chunks.push(varint((field << 3) | 0), varint(value))
    return this
  }

  /** A 32-bit float field. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    this.chunks.push(varint((field << 3) | 5), bytes)
    return this
  }

  /** A 64-bit float field. */
  double(field: number, value: number): this {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    this.chunks.push(varint((field << 3) | 1), bytes)
    return this
  }

  /** An unsigned 64-bit field of fixed width. */
  fixed64(field: number, value: number | bigint): this {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true)
    this.chunks.push(varint((field << 3) | 1), bytes)
    return this
  }

  /** A length-delimited field: bytes, string or nested message. */
  bytes(field: number, value: Uint8Array | string | ProtobufWriter): this {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value instanceof ProtobufWriter ? value.finish() : value
    this.chunks.push(varint((field << 3) | 2), varint(bytes.length), bytes)
    return this
  }

  /** Packed repeated int64. */
  integers(field: number, values: readonly (number | bigint)[]): this {
    const packed = new ProtobufWriter()
    for (const value of values) packed.chunks.push(varint(value))
    return this.bytes(field, packed)
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let offset = 0
    for (const chunk of this.chunks) {
      bytes.set(chunk, offset)
      offset += chunk.length
    }
    return bytes
  }
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest === 0n ? low : low | 0x80)
  } while (rest !== 0n)
  return Uint8Array.from(bytes)
}
