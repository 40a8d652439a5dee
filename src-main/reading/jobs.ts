/** What the reader can be asked to do, by name. A job's code is loaded when it is asked for the first time. */

/** Called with the file that a job is about to read, and again after every step of a long one: silence counts as a hang. */
export type At = (file: string) => void

export const jobs = {
  /** The rows of a session, dealt out. */
  prepare: async () => (await import('./prepare-session.ts')).prepareSession,
  /** The rows of a table that a checkpoint is measured on. */
  rows: async () => (await import('./read-rows.ts')).readRows,
  /** Texts as tokens. */
  encode: async () => (await import('./encode-texts.ts')).encodeTexts,
  /** Size and memory of a scenario. */
  measure: async () => (await import('./measure-scenario.ts')).measureScenario,
  /** Whether the scenarios of a comparison can run. */
  plan: async () => (await import('./check-scenarios.ts')).checkScenarios,
  inspect: async () => (await import('#main/predict/inspect-model.ts')).inspectModel,
  /** Of a checkpoint that the lab can't run. */
  'inspect-bare': async () => (await import('#main/predict/unsupported-model.ts')).unsupportedModel,
} satisfies Record<string, () => Promise<(input: never, at: At) => unknown>>

export type JobName = keyof typeof jobs
type Job<Name extends JobName> = Awaited<ReturnType<(typeof jobs)[Name]>>
export type JobInput<Name extends JobName> = Parameters<Job<Name>>[0]
export type JobOutput<Name extends JobName> = Awaited<ReturnType<Job<Name>>>
