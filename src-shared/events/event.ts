/**
 * The one output of a run: an ordered, append-only list of events. Whatever is shown, stored, compared or exported is folded from
 * them (`projection.ts`). Bytes, seconds and counts are plain numbers in base units; `virtualSeconds` is the emulated clock.
 */
import type { SessionData } from './data-report.ts'
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { LinkNumbers } from '#shared/scenario/overrides.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'

export interface PhoneDescription {
  readonly id: string
  readonly profile: string
  readonly link: string
  readonly rows: number
  readonly cap: { readonly bytes: number; readonly mechanism: string; readonly enforced: boolean }
}

/** Explains why a layer's directions have the bits they have. */
export interface BitsReason {
  readonly layer: number
  readonly bits: number
  /** The bits that the layer had in the previous round; null in the first. */
  readonly previousBits: number | null
  readonly bytes: number
  readonly candidates: readonly { readonly bits: number; readonly bytes: number }[]
  /** Squared norm of the layer's gradient. */
  readonly sensitivity: number
  /** Goodput counted on; null where the controller doesn't look at links. */
  readonly estimateBitsPerSecond: number | null
  /** Seconds after sending began; null: nothing waits for it. */
  readonly needSeconds: number | null
  readonly deadlineSeconds: number | null
  readonly arrivalSeconds: number | null
  /** A deadline kept the layer from more bits. */
  readonly binding: boolean
  readonly missed: boolean
  /** The reason in one sentence. */
  readonly words: string
}

/**
 * The replacement for full directions where the link is too slow. `sparse`: only the largest values of each direction are sent. `stale`: phones probe
 * along the directions they have, and the new ones are for the round after. `plain`: no directions are sent, and the round is plain zeroth-order.
 */
export type GuidanceFallback =
  | { readonly kind: 'sparse'; readonly keptShare: number }
  | { readonly kind: 'stale' }
  | { readonly kind: 'plain' }

export interface LinkEstimate {
  readonly phone: number
  /** The bandwidth that the decision assumed; the goodput is what the link really had at that moment. */
  readonly estimateBitsPerSecond: number
  readonly goodputBitsPerSecond: number
}

export interface TaskSpan {
  readonly id: string
  readonly lane: string
  readonly kind: string
  readonly device: string
  readonly layer?: number | undefined
  readonly bytes?: number | undefined
  readonly flop?: number | undefined
  readonly startSeconds: number
  readonly endSeconds: number
  /** The moment at which dependent tasks may start, where that is later than this task's end because a message is still under way. */
  readonly availableSeconds?: number | undefined
  /** The latest moment at which dependent tasks must be able to start for the round to end when it does. */
  readonly needSeconds?: number | undefined
  /** True for the tasks on the critical path, the chain that fills the round. */
  readonly critical?: boolean | undefined
  /** The ids of the tasks that this one waits for. */
  readonly after?: readonly string[] | undefined
}

/** Figures of a round's schedule. */
export interface ScheduleMetrics {
  /** Time in which something was sent and nothing computed, and in which both went on. */
  readonly exposedSeconds: number
  readonly hiddenSeconds: number
  /** The length of the longest chain of tasks that wait for each other: a lower bound of the round's time, however many lanes there are. */
  readonly criticalPathSeconds: number
  /** The idle share of the round, by lane. */
  readonly bubbleShare: Readonly<Record<string, number>>
}

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

/**
 * The reason for which a worker ended too early. `cap-hit`, `v8-out-of-memory`, `crash`, `exit`, `hang` (no sign of life) and `garbage` (an answer
 * that can't be read) are failures of the phone: the round goes on without it. `killed` means that somebody outside ended the process: the worker is
 * brought back and asked again, and the result doesn't change.
 */
export type EndReason = 'exit' | 'cap-hit' | 'v8-out-of-memory' | 'crash' | 'killed' | 'hang' | 'garbage'

/** The trust region of one step: how long the step may be, what decrease it promised, and what the previous step achieved. For the window. */
export interface Trust {
  /** Length that the guided part of the step could have had. */
  readonly radius: number
  /** The length of the guided part of the step; 0 if the step was taken back. */
  readonly length: number
  /** Decrease of the loss, nats, that the step promises. */
  readonly promised: number
  /** Decrease that the steps since the anchor brought, by what phones told in this round, with its standard error; null where nobody looked. */
  readonly actual: { readonly value: number; readonly error: number } | null
  /** The steps since the anchor raised the loss, or risked enough and brought nothing, and are undone, in place of a step. */
  readonly takenBack: boolean
}

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

/** A phone is skipped because it couldn't be asked, was lost before it answered, answered after the deadline, or used too old a model. */
export type SkipReason = 'unavailable' | 'dropped' | 'late' | 'stale'

/** The layer's own part of the directions, the parts of all layers, or nothing: they are for the round after. */
export type ProbesNeed = 'own-layer' | 'all-layers' | 'nothing'

export type StoppedBy = 'rounds' | 'target' | 'forwardPasses' | 'virtualSeconds' | 'interrupted'
