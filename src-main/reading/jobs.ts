/** The jobs of the reader, by name. A job's code is loaded when it is asked for the first time. */

/** Called with the file that a job is about to read, and again after every step of a long one: silence counts as a hang. */
type At = (file: string) => void

export const jobs = {
  /** Deals out the rows of a session. */
  prepare: async () => (await import('./prepare-session.ts')).prepareSession,
  /** The rows of a table that a checkpoint is measured on. */
  rows: async () => (await import('./read-rows.ts')).readRows,
  /** Turns texts into tokens. */
  encode: async () => (await import('./encode-texts.ts')).encodeTexts,
  /** Measures the size and memory of a scenario. */
  measure: async () => (await import('./measure-scenario.ts')).measureScenario,
  /** Checks that the scenarios of a comparison can run. */
  plan: async () => (await import('./check-scenarios.ts')).checkScenarios,
  inspect: async () => (await import('#main/predict/inspect-model.ts')).inspectModel,
  /** Inspects a checkpoint that the lab can't run. */
  'inspect-bare': async () => (await import('#main/predict/unsupported-model.ts')).unsupportedModel,
} satisfies Record<string, () => Promise<(input: never, at: At) => unknown>>

export type JobName = keyof typeof jobs
type Job<Name extends JobName> = Awaited<ReturnType<(typeof jobs)[Name]>>
export type JobInput<Name extends JobName> = Parameters<Job<Name>>[0]
export type JobOutput<Name extends JobName> = Awaited<ReturnType<Job<Name>>>
