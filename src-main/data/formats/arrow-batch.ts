/** Checks the lengths and offsets that a batch of an Arrow file claims against the bytes it has. */
import { type ArrowField, Large, RUN_ENDS, Type, View } from './arrow-fields.ts'
import { type Unpacked, unpackedBody } from './arrow-codecs.ts'
import type { FlatTable } from './flat-buffer.ts'

interface Region {
  readonly offset: number
  readonly length: number
}

/** Texts that share bytes, as views may. */
const MOST_TEXT_BYTES = 2 ** 30
const VIEW_BYTES = 16

/** The rows that the batches of a file may still have; the batches share one limit. */
export interface Rows extends Unpacked {
  left: number
}

/** Checks one batch. @param skipped bytes in front of each region, as old files have them @throws Error for what doesn't fit */
export function checkBatch(batch: FlatTable, fields: readonly ArrowField[], stored: DataView, rows: Rows, skipped: number): void {
  const nodes = batch.numbers(1, 2)[Symbol.iterator]()
  const packing = batch.table(3)
  const all = batch.numbers(2, 2, skipped)
  const { body, regions: places } = packing ? unpackedBody(packing.int8(0), stored, all, rows) : { body: stored, regions: all }
  const regions = places[Symbol.iterator]()
  const variadic = batch.numbers(4, 1)[Symbol.iterator]()
  const next = (from: Iterator<number[]>, what: string): number[] => {
    const { value, done } = from.next()
    if (done) throw new Error(`a batch with fewer ${what} than its columns have`)
    return value
  }
  const buffer = (): Region => {
    const [offset, length] = next(regions, 'buffers') as [number, number]
    if (!(offset >= 0 && length >= 0 && offset + length <= body.byteLength))
      throw new Error(`a buffer of ${length} bytes at ${offset}, in a batch of ${body.byteLength} bytes`)
    return { offset, length }
  }
  const offsetsIn = (region: Region, wide: boolean, count: number): ((i: number) => number) => {
    if (region.length < count * (wide ? 8 : 4)) throw new Error(`${count} rows with ${region.length} bytes of offsets`)
    return (i) => (wide ? Number(body.getBigInt64(region.offset + 8 * i, true)) : body.getInt32(region.offset + 4 * i, true))
  }
  /** Checks that each value ends where the next one begins. */
  const checkOffsets = (region: Region, wide: boolean, rowCount: number, most: number): void => {
    if (rowCount === 0) return
    const offset = offsetsIn(region, wide, rowCount + 1)
    for (let i = 0, before = 0; i <= rowCount; i++) {
      const here = offset(i)
      if (!(here >= before && here <= most)) throw new Error(`values that end at ${here}, after ${before} and within ${most}`)
      before = here
    }
  }
  const checkViews = (region: Region, rowCount: number): void => {
    if (region.length < rowCount * VIEW_BYTES) throw new Error(`${rowCount} rows with ${region.length} bytes of views`)
    let left = MOST_TEXT_BYTES
    for (let i = 0; i < rowCount; i++) {
      const length = body.getInt32(region.offset + VIEW_BYTES * i, true)
      if (!(length >= 0 && (left -= length) >= 0)) throw new Error(`texts of ${length} bytes`)
    }
  }

  /** @returns the number of the column's values */
  function check({ type, children, dictionary, stride }: ArrowField): number {
    const [length, missing] = next(nodes, 'nodes') as [number, number]
    if (!(length >= 0 && missing >= 0 && missing <= length)) throw new Error(`a column of ${length} values, ${missing} of them missing`)
    if ((rows.left -= length) < 0) throw new Error(`${length} more values than the file has bytes for`)
    if (type === Type.null && dictionary === null) return length
    if (type === RUN_ENDS) {
      const [ends, values] = children.map(check) as [number, number]
      if (ends > values) throw new Error(`${ends} runs of ${values} values`)
      return length
    }
    buffer()
    if (dictionary !== null) {
      buffer()
      return length
    }
    const wide = type === Large.binary || type === Large.text || type === Large.list || type === View.largeList
    switch (type) {
      case Type.binary:
      case Type.text:
      case Large.binary:
      case Large.text: {
        const offsets = buffer()
        checkOffsets(offsets, wide, length, buffer().length)
        return length
      }
      case View.binary:
      case View.text: {
        checkViews(buffer(), length)
        const [buffers] = next(variadic, 'counts of buffers') as [number]
        for (let i = 0; i < buffers; i++) buffer()
        return length
      }
      case Type.list:
      case Type.map:
      case Large.list: {
        const offsets = buffer()
        checkOffsets(offsets, wide, length, check(children[0]!))
        return length
      }
      case View.list:
      case View.largeList: {
        const [offsets, sizes] = [offsetsIn(buffer(), wide, length), offsetsIn(buffer(), wide, length)]
        const most = check(children[0]!)
        for (let i = 0; i < length; i++) {
          const [from, size] = [offsets(i), sizes(i)]
          if (!(from >= 0 && size >= 0 && from + size <= most)) throw new Error(`a list of ${size} values at ${from}, of ${most} values`)
          if ((rows.left -= size) < 0) throw new Error(`lists of more values than the file has bytes for`)
        }
        return length
      }
      case Type.fixedList: {
        const most = check(children[0]!)
        if (!(stride >= 0 && stride * length <= most)) throw new Error(`${length} lists of ${stride} values, of ${most} values`)
        return length
      }
      case Type.struct: {
        const shortest = Math.min(...children.map(check))
        if (shortest < length) throw new Error(`${length} records with ${shortest} values`)
        return length
      }
      default:
        buffer()
        return length
    }
  }
  for (const field of fields) check(field)
}
