/** The columns that a parquet file says it has, checked before hyparquet makes a tree of them. */
import type { SchemaElement } from 'hyparquet'

/** The deepest nesting of lists and records; tables of texts have three or four levels. */
const MOST_DEPTH = 64
/** Kinds of columns that hold no text and whose decoders believe what the bytes claim. Their bytes are left as they are. */
const LEFT_AS_BYTES = new Set(['VARIANT', 'GEOMETRY', 'GEOGRAPHY'])
const MOST_DECIMAL_BYTES = 32

/** @throws Error for elements that make no tree */
export function checkedSchema(elements: readonly SchemaElement[]): SchemaElement[] {
  const children = elements.map(({ num_children: count = 0 }) => {
    if (!Number.isInteger(count) || count < 0) throw new Error(`a column of ${count} columns`)
    return count
  })
  const left: number[] = []
  for (const [i, count] of children.entries()) {
    if (i > 0 && left.length === 0) throw new Error(`${elements.length} columns, ${i} of them in the schema`)
    if (typeof elements[i]!.name !== 'string' && i > 0) throw new Error('a column without a name')
    if (left.length > 0) left[left.length - 1]!--
    if (count > 0) left.push(count)
    if (left.length > MOST_DEPTH) throw new Error(`columns inside each other, more than ${MOST_DEPTH} deep`)
    while (left.at(-1) === 0) left.pop()
  }
  if (left.length > 0 || elements.length === 0) throw new Error('a schema that names more columns than it has')
  return elements.map(decodable)
}

function decodable(element: SchemaElement): SchemaElement {
  const { type, type_length: length = 0, converted_type: converted, logical_type: logical } = element
  // Reading a decimal of n bytes takes time that grows with the square of n.
  const longDecimal = converted === 'DECIMAL' && (type === 'BYTE_ARRAY' || length > MOST_DECIMAL_BYTES)
  if (!longDecimal && !LEFT_AS_BYTES.has(logical?.type ?? '')) return element
  const { converted_type: _, logical_type: __, ...plain } = element
  return plain
}
