/** The words with which a worker says that it has nothing to do. */
export const IDLE = 'waiting'
