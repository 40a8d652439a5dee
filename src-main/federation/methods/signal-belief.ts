/**
 * A belief about the signal along a kind of directions, as a multiple q = S/n of its noise: a distribution over a grid of log q, which every
 * measurement sharpens (Bayes) and every round blurs, since slopes change.
 *
 * The measurement along K directions, |b|^2 in units of the noise of one, is noncentral chi-square with K degrees of freedom and noncentrality K q.
 * Its cube root is nearly normal (Abdel-Aty 1954): with a = K (1 + q) and v = 2/(9a) (1 + q/(1 + q)),
 *
 *     (|b|^2 / a)^(1/3)  ~  N(1 - v, v)
 *
 * Steps use the mean of the belief in place of the last measurement: a noisy measurement that is too large by luck makes its step too long, and it is
 * the lucky sources that are chosen.
 */
const LEAST = Math.log(0.03)
const MOST = Math.log(300)
const POINTS = 64
const SPACING = (MOST - LEAST) / (POINTS - 1)
const LOGS: readonly number[] = Array.from({ length: POINTS }, (_, i) => LEAST + SPACING * i)
const GRID: readonly number[] = LOGS.map(Math.exp)

/** The change of the signal from round to round: mean and standard deviation of log q. */
export interface Drift {
  readonly shift: number
  readonly spread: number
}

export class SignalBelief {
  private weights: readonly number[]

  /** @param middle median of q before anything is measured @param spread standard deviation of log q */
  constructor(middle: number, spread: number) {
    this.weights = normalised(LOGS.map((log) => bell((log - Math.log(middle)) / spread)))
  }

  /** The mean of q over the belief. With it, a step of length w = q / (1 + q) lowers the loss most on average. */
  get mean(): number {
    return this.weights.reduce((sum, weight, i) => sum + weight * GRID[i]!, 0)
  }

  /** Returns the quantile of q at `share`. */
  quantile(share: number): number {
    let sum = 0
    return GRID[this.weights.findIndex((weight) => (sum += weight) >= share)] ?? GRID.at(-1)!
  }

  /** @param size |b|^2 divided by the noise of one direction @param count K */
  measure(size: number, count: number): void {
    // The likelihood is that of the cube root of |b|^2, a variable that doesn't depend on q.
    const logLikelihoods = GRID.map((q) => {
      const a = count * (1 + q)
      const v = (2 / (9 * a)) * (1 + q / (1 + q))
      return -((Math.cbrt(size / a) - 1 + v) ** 2) / (2 * v) - Math.log(v) / 2 - Math.log(a) / 3
    })
    const most = Math.max(...logLikelihoods)
    this.weights = normalised(this.weights.map((weight, i) => weight * Math.exp(logLikelihoods[i]! - most)))
  }

  pass(rounds: number, { shift, spread }: Drift): void {
    const [moved, width] = [rounds * shift, Math.sqrt(rounds) * spread]
    this.weights = normalised(
      LOGS.map((to) => this.weights.reduce((sum, weight, from) => sum + weight * bell((to - LOGS[from]! - moved) / width), 0)),
    )
  }
}

function bell(deviation: number): number {
  return Math.exp(-(deviation ** 2) / 2)
}

function normalised(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}
