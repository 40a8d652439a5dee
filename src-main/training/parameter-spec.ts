/** A trainable tensor before it has its place in the flat vector. */
export interface ParameterSpec {
  /** Name in the checkpoint. */
  readonly name: string
  /** Name of the graph input that takes it. */
  readonly input: string
  /** The block it belongs to; the number of blocks for the head. */
  readonly layer: number
  readonly rows: number
  readonly columns: number
  /** Standard deviation of its fresh values; 0 starts at zero. */
  readonly deviation: number
}
