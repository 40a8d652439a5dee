/**
 * The privacy spent: epsilon of differential privacy, at a given delta, after a number of releases of
 *
 *     sum over the phones taken, each with probability q, of a vector of length at most C,  plus  N(0, (z C)^2)
 *
 * for neighbours that differ by one phone's presence (add or remove). Renyi divergence of order a of one release, exact for whole a
 * (Mironov, Talwar and Zhang 2019, arXiv 1908.10530, section 3.3):
 *
 *     (a - 1) R(a) = log sum_k C(a,k) (1-q)^(a-k) q^k exp((k^2 - k) / (2 z^2))            and R(a) = a / (2 z^2) for q = 1
 *
 * The left side is convex in a and 0 at a = 1, so between whole orders its chord is an upper bound. Releases add up. Then, for every order
 * (Canonne, Kamath and Steinke 2020, arXiv 2004.00010, proposition 12),
 *
 *     epsilon <= R(a) + log(1 - 1/a) - (log delta + log a) / (a - 1)
 */

export interface Mechanism {
  /** z: standard deviation of the noise over the most that one phone changes the sum. */
  readonly noiseMultiplier: number
  /** q: the chance of a phone to be in a release; 1 where it is no secret who takes part. */
  readonly samplingRate: number
}

const ORDERS = [
  ...Array.from({ length: 99 }, (_, i) => 1.1 + i / 10),
  ...Array.from({ length: 53 }, (_, i) => 11 + i),
  72,
  80,
  96,
  128,
  192,
  256,
  384,
  512,
]

/** @param delta above 0 and below 1 @returns the least epsilon over the orders; 0 before anything was released */
export function epsilon(mechanism: Mechanism, releases: number, delta: number): number {
  if (releases === 0) return 0
  const candidates = ORDERS.map(
    (order) => releases * renyiDivergence(mechanism, order) + Math.log1p(-1 / order) - (Math.log(delta) + Math.log(order)) / (order - 1),
  )
  return Math.max(0, Math.min(...candidates))
}

/** @param order above 1 @returns R(order) of one release; an upper bound of it where the order is no whole number and q < 1 */
export function renyiDivergence({ noiseMultiplier, samplingRate }: Mechanism, order: number): number {
  const atFullRate = order / (2 * noiseMultiplier ** 2)
  if (samplingRate === 1) return atFullRate
  const below = Math.floor(order)
  const moment = (whole: number): number => (whole <= 1 ? 0 : logMoment(noiseMultiplier, samplingRate, whole))
  const share = order - below
  const bound = share === 0 ? moment(below) : (1 - share) * moment(below) + share * moment(below + 1)
  // A release of fewer phones never reveals more than one of all phones.
  return Math.min(bound / (order - 1), atFullRate)
}

function logMoment(z: number, q: number, order: number): number {
  const terms: number[] = []
  let logBinomial = 0
  for (let k = 0; k <= order; k++) {
    terms.push(logBinomial + (order - k) * Math.log1p(-q) + k * Math.log(q) + (k ** 2 - k) / (2 * z ** 2))
    logBinomial += Math.log((order - k) / (k + 1))
  }
  const most = Math.max(...terms)
  return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0))
}
