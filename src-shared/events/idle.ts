/** What a worker says it does when it has nothing to do. */
export const IDLE = 'waiting'
