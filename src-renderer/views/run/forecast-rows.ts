/** Phones that need the same under the same cap, in one row. */
import type { PhonePrediction } from '#shared/api/lab-api.ts'

interface ForecastRow {
  readonly profile: string
  readonly count: number
  readonly capBytes: number
  readonly predictedBytes: number
}

/** Lists phones in the order of the fleet, those that don't fit first. */
export function forecastRows(phones: readonly PhonePrediction[]): ForecastRow[] {
  const groups = Map.groupBy(phones, ({ profile, capBytes, predictedBytes }) => `${profile}/${capBytes}/${predictedBytes}`)
  const rows = [...groups.values()].map((equal): ForecastRow => {
    const { profile, capBytes, predictedBytes } = equal[0]!
    return { profile, capBytes, predictedBytes, count: equal.length }
  })
  const over = ({ predictedBytes, capBytes }: ForecastRow): boolean => predictedBytes > capBytes
  return [...rows.filter(over), ...rows.filter((row) => !over(row))]
}
