/** The host's question for a sign of life, and a worker's answer to it, beside the commands. */
export const ARE_YOU_THERE = { askedFor: 'a sign of life' }
export const HERE = { sign: 'of life' }

export function asksForLife(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'askedFor' in message
}
