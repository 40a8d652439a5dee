/** Columns that an Arrow file says it has: types in each other, as far as the layout of their buffers depends on them. */
import type { FlatTable } from './flat-buffer.ts'

export interface ArrowField {
  /** Number of the type in Arrow's schema. */
  readonly type: number
  readonly children: readonly ArrowField[]
  /** Number of the dictionary that holds the values, if one does. */
  readonly dictionary: number | null
  /** The number of elements in a list of fixed size. */
  readonly stride: number
}

export const Type = { null: 1, binary: 4, text: 5, decimal: 7, list: 12, struct: 13, union: 14, fixedList: 16, map: 17 } as const
export const Large = { binary: 19, text: 20, list: 21 } as const
export const View = { binary: 23, text: 24, list: 25, largeList: 26 } as const
export const RUN_ENDS = 22

const MOST_DEPTH = 64
/** The most digits of a decimal, which 256 bits hold. */
const MOST_DIGITS = 76

/** @throws Error for fields that can't be what they say, or that no table of texts has */
export function arrowFields(schema: FlatTable, depth = 0, children = 1): ArrowField[] {
  if (depth > MOST_DEPTH) throw new Error(`columns inside each other, more than ${MOST_DEPTH} deep`)
  return schema.tables(children).map((field) => {
    const type = field.int8(2)
    field.checkTexts(6)
    const inner = arrowFields(field, depth + 1, 5)
    const parts = {
      [Type.list]: 1,
      [Large.list]: 1,
      [View.list]: 1,
      [View.largeList]: 1,
      [Type.fixedList]: 1,
      [Type.map]: 1,
      [RUN_ENDS]: 2,
    }[type]
    if (parts !== undefined && inner.length !== parts) throw new Error(`a list of ${inner.length} columns`)
    if (type === Type.map && inner[0]!.children.length !== 2) throw new Error(`a map of ${inner[0]!.children.length} columns`)
    if (type === Type.union) throw new Error('a column of unions')
    const decimal = type === Type.decimal ? field.table(3) : null
    if (decimal && !(decimal.int32(1) >= 0 && decimal.int32(1) <= MOST_DIGITS)) throw new Error(`decimals with ${decimal.int32(1)} digits`)
    const dictionary = field.table(4)
    if (dictionary && inner.length > 0) throw new Error('a dictionary of lists or records')
    return {
      type,
      children: inner,
      dictionary: dictionary?.int64(0) ?? null,
      stride: type === Type.fixedList ? (field.table(3)?.int32(0) ?? 0) : 0,
    }
  })
}
