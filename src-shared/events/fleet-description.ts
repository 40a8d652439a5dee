/** The description of a session's phones and of the hardware that it runs on. */
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'
import type { LinkNumbers } from '#shared/scenario/overrides.ts'

export interface PhoneDescription {
  readonly id: string
  readonly profile: string
  readonly link: string
  readonly rows: number
  readonly cap: { readonly bytes: number; readonly mechanism: string; readonly enforced: boolean }
}

/** The numbers a session runs on, so that its schedules can be made again without the catalogue and files they came from. */
export interface HardwareDescription {
  readonly cloud: DeviceProfile
  /** Phones in the order of their indices, equal ones together. */
  readonly groups: readonly {
    readonly count: number
    readonly profile: DeviceProfile
    readonly link: LinkNumbers
    readonly cell?: string | undefined
  }[]
}
