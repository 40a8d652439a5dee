/** Lists the schedule policies, a line each. All lead to the same learning result; they differ in time. */
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import type { RoundWork } from '../round-work.ts'
import type { Task } from '../task.ts'
import { layerwise } from './layerwise.ts'
import { overlapped } from './overlapped.ts'
import { sequential } from './sequential.ts'

export interface SchedulePolicy {
  /** Makes the tasks of a round, each with those that it waits for. */
  tasks(work: RoundWork): Task[]
  /**
   * Whether directions travel layer by layer, lowest layer first where a direction moves all layers together, as probes then go upwards.
   * @default false: they travel as one message
   */
  readonly lowestFirst?: boolean
}

export const POLICIES: Readonly<Record<PolicyName, SchedulePolicy>> = {
  sequential: { tasks: sequential },
  overlapped: { tasks: overlapped },
  layerwise: { tasks: layerwise, lowestFirst: true },
}
