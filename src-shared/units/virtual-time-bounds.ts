/** Bounds of virtual time, which keep the number of simulated steps finite. */

/** The shortest time between two changes of anything that a user specifies. */
export const LEAST_STEP_SECONDS = 0.001

/** The latest virtual time: more than 30 years, within which seconds still add up exactly to a microsecond. Only a mistake takes a run this far. */
export const MOST_SECONDS = 1e9
