/** Splits a lane's name into its device and its part. Lanes are named `<device>/<lane>` or `cell/<name>/<lane>`. */

export interface LaneName {
  /** `cloud`, a phone's id or `cell/<name>`. */
  readonly group: string
  readonly lane: string
}

/** Lanes are ordered as data flows through a phone and through the cloud. */
const ORDER = ['downlink', 'compute', 'encode', 'uplink', 'deadline']

export function laneName(name: string): LaneName {
  const cut = name.lastIndexOf('/')
  return cut < 0 ? { group: name, lane: '' } : { group: name.slice(0, cut), lane: name.slice(cut + 1) }
}

/** Among the lanes of one group; unknown lanes come last. */
export function laneRank({ lane }: LaneName): number {
  const rank = ORDER.indexOf(lane)
  return rank < 0 ? ORDER.length : rank
}

/** The cloud first, then cells, then phones. */
export function groupRank(group: string): number {
  if (group === 'cloud') return 0
  return group.startsWith('cell/') ? 1 : 2
}

/** Idle time of a lane that computes is a bubble; links and waits are idle as a matter of course. */
export function computes(lane: string): boolean {
  return lane === 'compute'
}
