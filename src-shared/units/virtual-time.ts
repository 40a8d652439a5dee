/** How fine and how long virtual time is, so that what happens in it is always a bounded number of steps. */

/** Nothing given by a user changes faster. */
export const LEAST_STEP_SECONDS = 0.001

/** Over 30 years: where seconds still add up exactly to a microsecond. A run that gets there does so by mistake. */
export const MOST_SECONDS = 1e9
