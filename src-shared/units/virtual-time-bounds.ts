/** Bounds of virtual time, which keep the number of simulated steps finite. */

/** Nothing that a user specifies changes faster than this. */
export const LEAST_STEP_SECONDS = 0.001

/** More than 30 years, within which seconds still add up exactly to a microsecond. Only a mistake takes a run this far. */
export const MOST_SECONDS = 1e9
