/** Names of classes, from the description of columns ("features") that Hugging Face's library leaves in files and beside them. */

type Features = Readonly<Record<string, unknown>>

/** Names in the order of their numbers. @returns null where it names no classes */
export function classNamesOf(features: unknown, column: string): readonly string[] | null {
  if (typeof features !== 'object' || features === null) return null
  const feature = (features as Features)[column]
  if (typeof feature !== 'object' || feature === null) return null
  // A list's class names are those of its values, which some versions of the library nest in `feature`.
  const { feature: inner } = feature as { feature?: unknown }
  const [value] = [inner ?? feature].flat() as [{ names?: unknown } | null | undefined]
  const names = value?.names
  return Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string') ? names : null
}

/** The features in the metadata `huggingface` of a parquet or Arrow schema; null where it has none that can be read. */
export function featuresIn(metadata: string | null | undefined): unknown {
  if (typeof metadata !== 'string') return null
  try {
    return (JSON.parse(metadata) as { info?: { features?: unknown } } | null)?.info?.features ?? null
  } catch {
    return null
  }
}
