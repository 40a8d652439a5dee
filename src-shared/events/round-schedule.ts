/** A round on the virtual clock, as its event tells it. */

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

/** The layer's own part of the directions, the parts of all layers, or nothing: they are for the round after. */
export type ProbesNeed = 'own-layer' | 'all-layers' | 'nothing'
