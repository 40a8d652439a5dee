/** When the phones of a scenario can be asked. */
import { readTextBytes } from '#main/data/text-bytes.ts'
import { ALWAYS, type Availability, daily, readTrace } from '#main/federation/field/availability.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

const MAXIMUM_BYTES = 16 * 2 ** 20

/** @param ids of the phones, by index @throws InputError if the trace can't be read */
export function phoneAvailability({ federation, seed }: Scenario, ids: readonly string[]): Availability {
  const { availability } = federation ?? {}
  if (!availability) return ALWAYS
  if (availability.kind === 'daily') return daily(availability, seed)
  return readTrace(new TextDecoder().decode(readTextBytes(availability.path, MAXIMUM_BYTES)), availability.path, ids)
}
