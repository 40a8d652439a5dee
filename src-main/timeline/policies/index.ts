/** The schedule policies: which tasks each makes of a round. All lead to the same learning result; they differ in time. */
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import type { RoundWork } from '../round-work.ts'
import type { Task } from '../task.ts'
import { layerwise } from './layerwise.ts'
import { overlapped } from './overlapped.ts'
import { sequential } from './sequential.ts'

export interface SchedulePolicy {
  tasks(work: RoundWork): Task[]
  /** Where a direction moves all layers together, the parts of low layers are sent first, as probes need them. @default false: whole messages */
  readonly lowestFirst?: boolean
}

export const POLICIES: Readonly<Record<PolicyName, SchedulePolicy>> = {
  sequential: { tasks: sequential },
  overlapped: { tasks: overlapped },
  layerwise: { tasks: layerwise, lowestFirst: true },
}
