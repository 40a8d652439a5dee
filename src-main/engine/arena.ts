/**
 * One WebAssembly memory of a planned size and bump allocation in it, so that kernels and inference read the same bytes without a copy.
 * The memory never grows, so no view is ever detached.
 */
const PAGE_BYTES = 65_536
const ALIGNMENT_BYTES = 64

export class Arena {
  readonly memory: WebAssembly.Memory
  private readonly buffer: ArrayBuffer
  private next = 0

  /** Reserves `bytes`, rounded up to whole pages of 64 KiB; the engine's RangeError if they can't be had. */
  constructor(bytes: number) {
    const pages = Math.ceil(bytes / PAGE_BYTES)
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.buffer = this.memory.buffer
  }

  /** Bytes an allocation of `bytes` takes, so that a plan can add up to exactly what the arena needs. */
  static sizeOf(bytes: number): number {
    return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
  }

  get usedBytes(): number {
    return this.next
  }

  /** A float32 region of `n` elements, 64-byte aligned. Contents are zero only where nothing was released before. */
  floats(n: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.buffer, this.allocate(n * 4), n)
  }

  ints(n: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.buffer, this.allocate(n * 4), n)
  }

  bytes(n: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer, this.allocate(n), n)
  }

  /** The byte address of a view for the kernels; a view of another buffer is an error. */
  offsetOf(view: ArrayBufferView): number {
    if (view.buffer !== this.buffer) throw new Error('the view does not lie in this arena')
    return view.byteOffset
  }

  /** The current fill, to be given to `release`. */
  mark(): number {
    return this.next
  }

  /** Frees everything allocated since `mark`; its views must not be used any more. */
  release(mark: number): void {
    if (mark < 0 || mark > this.next) throw new Error(`mark ${mark} is not between 0 and the ${this.next} bytes in use`)
    this.next = mark
  }

  private allocate(bytes: number): number {
    const left = this.buffer.byteLength - this.next
    const wanted = Arena.sizeOf(bytes)
    if (!(wanted <= left)) throw new Error(`arena is full: ${bytes} bytes wanted, ${left} of ${this.buffer.byteLength} left`)
    const start = this.next
    this.next += wanted
    return start
  }
}
