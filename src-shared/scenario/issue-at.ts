/** An issue of a rule over several keys, at one of them. */

/** @param keys from `input` down to the value that is wrong; all but the last hold objects @param message what would be right */
export function issueAt(input: object, keys: readonly string[], message: string) {
  let holder = input as Record<string, unknown>
  const path = keys.map((key) => {
    const step = { type: 'object', origin: 'value', input: { ...holder }, key, value: holder[key] } as const
    holder = holder[key] as Record<string, unknown>
    return step
  })
  return { input: path.at(-1)!.value, message, path: path as [(typeof path)[number], ...typeof path] }
}
