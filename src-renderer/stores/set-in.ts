/** Replaces one value of a nested object. */

type Key = string | number

/** A copy of `object` with `value` at `keys`; undefined takes the key out. What lies beside the way is shared, what is missing on it made. */
export function setIn<T>(object: T, keys: readonly Key[], value: unknown): T {
  const [key, ...rest] = keys
  if (key === undefined) return value as T
  if (Array.isArray(object)) {
    const list: unknown[] = [...object]
    if (rest.length === 0 && value === undefined) list.splice(Number(key), 1)
    else list[Number(key)] = setIn(list[Number(key)], rest, value)
    return list as T
  }
  const fields = (object ?? {}) as Record<string, unknown>
  const inner = rest.length === 0 ? value : setIn(fields[String(key)], rest, value)
  const { [String(key)]: _before, ...others } = fields
  // A key stays in its old place, so that a saved file keeps its order.
  if (inner === undefined) return others as T
  return { ...fields, [String(key)]: inner } as T
}

/** The value at `keys`, or undefined. */
export function getIn(object: unknown, keys: readonly Key[]): unknown {
  return keys.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<Key, unknown>)[key] : undefined), object)
}
