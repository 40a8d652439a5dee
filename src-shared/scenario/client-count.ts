/** Phones of a scenario's `clientsPerRound`, a number of them or a share below 1 of the fleet; at least one. */
export function clientCount(clientsPerRound: number, fleet: number): number {
  return Math.min(fleet, clientsPerRound < 1 ? Math.max(1, Math.round(clientsPerRound * fleet)) : clientsPerRound)
}
