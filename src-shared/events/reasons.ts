/** The reasons, out of fixed lists, for which a worker ended, a phone was skipped and a session stopped. */

/**
 * The reason for which a worker ended too early. `cap-hit`, `v8-out-of-memory`, `crash`, `exit`, `hang` (no sign of life) and `garbage` (an answer
 * that can't be read) are failures of the phone: the round goes on without it. `killed` means that somebody outside ended the process: the worker is
 * brought back and asked again, and the result doesn't change.
 */
export type EndReason = 'exit' | 'cap-hit' | 'v8-out-of-memory' | 'crash' | 'killed' | 'hang' | 'garbage'

/** A phone is skipped because it couldn't be asked, was lost before it answered, answered after the deadline, or used too old a model. */
export type SkipReason = 'unavailable' | 'dropped' | 'late' | 'stale'

export type StoppedBy = 'rounds' | 'target' | 'forwardPasses' | 'virtualSeconds' | 'interrupted'
