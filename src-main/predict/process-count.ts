/** Decides how many processes play the phones of a fleet. */

/** Up to so many phones, each has a process of its own. */
const MOST_OF_THEIR_OWN = 32
/** More processes than cores keep those apart that can't follow each other, and begin while others end. */
const PER_CORE = 2

interface Fleet {
  readonly phones: number
  /** Different caps: a process keeps the cap that it began with. */
  readonly caps: number
  /** The scenario's own number, if it has one. */
  readonly slots: number | undefined
  readonly cores: number
  /** Processes that free memory has room for. */
  readonly fitting: number
}

export function processCount({ phones, caps, slots, cores, fitting }: Fleet): number {
  if (slots !== undefined) return Math.min(slots, phones)
  if (phones <= MOST_OF_THEIR_OWN) return phones
  return Math.min(phones, Math.max(PER_CORE * cores, cores + caps), Math.max(1, fitting))
}
