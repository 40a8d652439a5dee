/** What a phone measured along random directions, for the tests of the methods. */
import type { PhoneScalars } from '#main/federation/methods/method.ts'

export function scalars(phone: number, weight: number, random: number[], more: Partial<PhoneScalars> = {}): PhoneScalars {
  return { phone, weight, rows: 16, guided: [], shared: [], random, ...more }
}
