/** Tables of a FlatBuffer, as Arrow's messages are written: every place is checked against the bytes, and vectors against a budget for all of them. */

/** Bytes that all vectors of a file may have together; a table that is named twice counts twice. */
export interface Budget {
  bytes: number
}

export class FlatTable {
  private readonly view: DataView
  private readonly budget: Budget
  private readonly position: number
  private readonly fields: number

  /** @param at place of the offset that leads to the table @throws RangeError outside of the bytes */
  constructor(view: DataView, at: number, budget: Budget) {
    this.view = view
    this.budget = budget
    this.position = at + view.getInt32(at, true)
    this.fields = this.position - view.getInt32(this.position, true)
  }

  /** Returns the offset of a field's value, or null if the field has its default. @param field number of the field, from 0 */
  place(field: number): number | null {
    const entry = 4 + 2 * field
    const offset = entry < this.view.getInt16(this.fields, true) ? this.view.getInt16(this.fields + entry, true) : 0
    return offset === 0 ? null : this.position + offset
  }

  int8(field: number): number {
    const at = this.place(field)
    return at === null ? 0 : this.view.getInt8(at)
  }

  int16(field: number, absent = 0): number {
    const at = this.place(field)
    return at === null ? absent : this.view.getInt16(at, true)
  }

  int32(field: number): number {
    const at = this.place(field)
    return at === null ? 0 : this.view.getInt32(at, true)
  }

  int64(field: number): number {
    const at = this.place(field)
    return at === null ? 0 : Number(this.view.getBigInt64(at, true))
  }

  table(field: number): FlatTable | null {
    const at = this.place(field)
    return at === null ? null : new FlatTable(this.view, at, this.budget)
  }

  tables(field: number): FlatTable[] {
    return this.places(field, 4).map((at) => new FlatTable(this.view, at, this.budget))
  }

  /** Key and value of each entry are read whole, however many entries share them. */
  checkTexts(field: number): void {
    for (const entry of this.tables(field)) for (const part of [0, 1]) entry.places(part, 1)
  }

  /** Structs of 64-bit numbers, one after another. @param skipped bytes in front of each struct's first number */
  numbers(field: number, size: number, skipped = 0): number[][] {
    return this.places(field, 8 * size + skipped).map((at) =>
      Array.from({ length: size }, (_, i) => Number(this.view.getBigInt64(at + skipped + 8 * i, true))),
    )
  }

  /** Returns the places of a vector's elements. @throws Error for a vector that is longer than the buffer */
  private places(field: number, stride: number): number[] {
    const at = this.place(field)
    if (at === null) return []
    const start = at + this.view.getInt32(at, true)
    const length = this.view.getInt32(start, true)
    const bytes = length * stride
    if (!(length >= 0 && start + 4 + bytes <= this.view.byteLength)) throw new Error(`a vector of ${length} elements`)
    if ((this.budget.bytes -= bytes) < 0) throw new Error('vectors of more bytes than the file has')
    return Array.from({ length }, (_, i) => start + 4 + i * stride)
  }
}
