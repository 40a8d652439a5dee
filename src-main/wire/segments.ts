/**
 * Divides a flat vector of trainable parameters for coding: one segment per tensor, row by row, so that each row has a scale of its own and any
 * tensor can be decoded without its neighbours. A bias vector is a segment of one row.
 */
export interface Segment {
  /** The position of the tensor's first value in the flat vector. */
  readonly offset: number
  readonly rows: number
  readonly columns: number
}

export function segmentValues(segment: Segment): number {
  return segment.rows * segment.columns
}

/** Throws unless every segment lies inside a vector of `length` values. */
export function checkSegments(segments: readonly Segment[], length = Infinity): void {
  for (const [index, { offset, rows, columns }] of segments.entries()) {
    const whole = [offset, rows, columns].every(Number.isSafeInteger)
    if (!whole || offset < 0 || rows < 1 || columns < 1 || offset + rows * columns > length) {
      throw new RangeError(`segment ${index} (offset ${offset}, ${rows} x ${columns}) does not lie inside a vector of ${length} values`)
    }
  }
}
