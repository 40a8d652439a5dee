/**
 * The search for a method's learning rate: a walk on a grid that all methods share, with the same number of trials for each. It starts
 * at the method's usual rate and its neighbours, then goes on beside the best rate so far.
 */

export interface Trial {
  readonly rate: number
  /**
   * The mean test loss of the last measurements, in nats, by which a trial is judged because it moves less by chance than accuracy; NaN if the trial
   * failed.
   */
  readonly loss: number
}

/** The next rate to try, or null when `count` trials were made or the grid is used up. */
export function nextRate(grid: readonly number[], start: number, trials: readonly Trial[], count: number): number | null {
  const tried = new Set(trials.map(({ rate }) => rate))
  const at = grid.indexOf(start)
  if (at < 0) throw new Error(`${start} is not on the grid`)
  if (trials.length >= Math.min(count, grid.length)) return null
  const first = [at, at + 1, at - 1].map((i) => grid[i]).find((rate) => rate !== undefined && !tried.has(rate))
  if (trials.length < 3 && first !== undefined) return first
  const best = bestTrial(trials)
  // If every trial failed, their steps were too long.
  const from = best === null ? 0 : grid.indexOf(best.rate)
  const runnerUp = grid.indexOf(bestTrial(trials.filter((trial) => trial !== best))?.rate ?? grid[0]!)
  const nearest = grid
    .map((rate, i) => ({ rate, distance: Math.abs(i - from), away: Math.abs(i - runnerUp) }))
    .filter(({ rate }) => !tried.has(rate))
    .sort((a, b) => a.distance - b.distance || a.away - b.away || a.rate - b.rate)
  return nearest[0]!.rate
}

/** The trial with the least loss, the smaller rate of equal ones; null if none succeeded. */
export function bestTrial(trials: readonly Trial[]): Trial | null {
  return trials
    .filter(({ loss }) => !Number.isNaN(loss))
    .reduce<Trial | null>(
      (best, trial) => (best === null || trial.loss < best.loss || (trial.loss === best.loss && trial.rate < best.rate) ? trial : best),
      null,
    )
}
