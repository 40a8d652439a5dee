/** The state of a device at the end of a round. Energy is what the whole device used for computing; sending is not counted. */
export interface DeviceState {
  /** `cloud`, or the id of the phone. */
  readonly device: string
  /** Heat from 0 (cold, full speed) to 1 (hot). */
  readonly heat: number
  /** The heat before the round, when the device had last stopped computing. */
  readonly before: { readonly heat: number; readonly atSeconds: number }
  /** Energy used in this round, and since the session began. */
  readonly energyJoules: number
  readonly totalJoules: number
  /** Left of a full battery; null: on mains. */
  readonly batteryShare: number | null
}
