/**
 * The one output of a run: an ordered, append-only list of events. Whatever is shown, stored, compared or exported is folded from
 * them (`projection.ts`). Bytes, seconds and counts are plain numbers in base units; `virtualSeconds` is the emulated clock.
 */
import type { BitsReason, GuidanceFallback, LinkEstimate } from './bits-choice.ts'
import type { SessionData } from './data-report.ts'
import type { DeviceState } from './device-state.ts'
import type { HardwareDescription, PhoneDescription } from './fleet-description.ts'
import type { EndReason, SkipReason, StoppedBy } from './reasons.ts'
import type { ProbesNeed, ScheduleMetrics, TaskSpan } from './round-schedule.ts'
import type { Trust } from './trust.ts'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'

export type LabEvent =
  | {
      readonly kind: 'session-started'
      readonly session: string
      readonly scenario: Scenario
      readonly phones: readonly PhoneDescription[]
      readonly labels: readonly string[]
      /** The number of trained parameters, d. */
      readonly parameters: number
      readonly layers: number
      readonly rows: { readonly train: number; readonly public: number; readonly test: number }
      /** The decisions about columns, classes and rows. */
      readonly data?: SessionData
      /** Weights that were drawn from the seed because the checkpoint lacks them. */
      readonly fresh: readonly string[]
      /** The number of processes in which phones take turns. @default each phone has its own */
      readonly processes?: number
      /** Room for files of its own that it takes at most. @default none */
      readonly diskBytes?: number
      readonly hardware?: HardwareDescription
    }
  | {
      readonly kind: 'phone-started'
      readonly phone: number
      readonly idleBytes: number
      readonly restarts: number
      /** Bytes of the messages that the phone had missed and was sent again. */
      readonly bytesDown: number
    }
  | {
      readonly kind: 'phone-ended'
      readonly phone: number
      readonly round: number
      readonly reason: EndReason
      /** The reason as a clause that follows the phone's name. */
      readonly words: string
      readonly doing: string
      /** True if the phone won't be started again. */
      readonly final: boolean
      /**
       * The round went on without it from this one on, counted over what all phones were asked since the session began: a run that is to
       * go the same way loses it there. Absent: it was brought back within the round.
       */
      readonly lostIn?: number
    }
  | {
      /** The cloud's process ended before its time; it is brought back as it was and asked again. */
      readonly kind: 'cloud-ended'
      readonly reason: EndReason
      readonly words: string
      readonly doing: string
    }
  | {
      /** The session went on after it had broken off or was interrupted; what came after this round was forgotten and is computed again. */
      readonly kind: 'session-resumed'
      readonly round: number
    }
  | {
      /** The user changed numbers of a phone or its link; they hold from this moment of the virtual clock on. */
      readonly kind: 'phone-tuned'
      readonly phone: number
      /** The first round in which the new numbers hold. */
      readonly round: number
      readonly atSeconds: number
      readonly change: PhoneOverrides
    }
  | { readonly kind: 'memory-sampled'; readonly phone: number; readonly residentBytes: number; readonly peakBytes: number }
  | { readonly kind: 'cloud-sampled'; readonly residentBytes: number; readonly peakBytes: number }
  | {
      readonly kind: 'round-started'
      readonly round: number
      readonly plan: { readonly guidance: boolean; readonly guided: boolean; readonly random: number; readonly shared: number }
      readonly phones: readonly number[]
    }
  | {
      readonly kind: 'bits-chosen'
      readonly round: number
      readonly bits: readonly number[]
      readonly why: readonly string[]
      readonly layerBytes: readonly number[]
      /** The grounds of the decision, layer by layer in the order of sending. */
      readonly reasons?: readonly BitsReason[]
      /** The links that the controller looked at. */
      readonly links?: readonly LinkEstimate[]
      readonly controller?: string
      /** The seconds that phones are made to wait for directions because better ones are worth it. */
      readonly waitSeconds?: number
      /** The fewest bits allowed while the gradient's norm changes by more than half; null where no floor holds. */
      readonly floorBits?: number | null
      /** The fallback that replaced directions in time; absent where they were sent as usual. */
      readonly fallback?: GuidanceFallback
    }
  | {
      readonly kind: 'phone-reported'
      readonly round: number
      readonly phone: number
      /** Mean private loss over the probe points; null where the phone keeps it to itself. */
      readonly loss: number | null
      readonly forwardPasses: number
      readonly bytesUp: number
      readonly bytesDown: number
      /** Directions it probed, where it had time for fewer than it was asked for. */
      readonly directions?: number
      /** Updates of the model since the version it probed, where updates don't wait for it. */
      readonly staleness?: number
    }
  | {
      readonly kind: 'phone-skipped'
      readonly round: number
      readonly phone: number
      readonly reason: SkipReason
      /** The reason as a clause that follows the phone's name. */
      readonly words: string
      /** Forward passes and bytes that the phone and its link spent for nothing. */
      readonly forwardPasses: number
      readonly bytesUp: number
      readonly bytesDown: number
    }
  | {
      readonly kind: 'privacy-spent'
      readonly round: number
      /** Up to and including this round, at `delta`. */
      readonly epsilon: number
      readonly delta: number
    }
  | {
      readonly kind: 'update-applied'
      readonly round: number
      readonly learningRate: number
      readonly source: 'guided' | 'random' | 'hybrid' | 'backprop' | 'cloud'
      readonly guidedEnergy: number | null
      readonly randomEnergy: number | null
      /** Share of a measured step along guided, or random, directions that was taken: what of it is signal. Where the method weighs them. */
      readonly guidedWeight?: number | null
      readonly randomWeight?: number | null
      /** The trust region, for methods that have one. */
      readonly trust?: Trust
      /** The digest of the parameters, equal on every replica. */
      readonly digest: string
    }
  | {
      readonly kind: 'round-scheduled'
      readonly round: number
      readonly startSeconds: number
      readonly endSeconds: number
      readonly tasks: readonly TaskSpan[]
      readonly overlapRatio: number
      /** Absent where phones don't wait for each other: their work has no round to be scheduled in. */
      readonly policy?: PolicyName
      readonly metrics?: ScheduleMetrics
      /** The cloud and the phones of the round. */
      readonly devices?: readonly DeviceState[]
      /** The condition that guided probes waited for, and the size of each layer's directions. */
      readonly probesNeed?: ProbesNeed
      readonly messageBytes?: readonly number[]
    }
  | { readonly kind: 'evaluated'; readonly round: number; readonly accuracy: number; readonly loss: number; readonly rows: number }
  | {
      readonly kind: 'round-finished'
      readonly round: number
      readonly virtualSeconds: number
    }
  | { readonly kind: 'session-finished'; readonly stoppedBy: StoppedBy; readonly digest: string; readonly wallSeconds: number }
