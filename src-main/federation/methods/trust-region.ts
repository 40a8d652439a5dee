/**
 * Limits how far steps may go from the anchor, a point that is known to be good: at first the start, later each point that is proven to be better
 * than the anchor before. The model that chose a step promises a decrease of the loss,
 *
 *     promised = sum_k w_k a_k x_k - x^T G x / 2        w_k: the share of a_k that is believed to be signal
 *
 * and in the next round phones compare the loss of their new rows at the anchor and now, which takes one more forward pass:
 *
 *     actual = mean_i [L_i(anchor) - L_i(theta)] on rows that no step since the anchor was made from
 *
 * The rows must be new because rows that made a step would favour it; both losses are of the same rows, so that their difficulty cancels. While noise
 * hides whether the loss fell, the anchor stays, evidence adds up (decrease.ts) and all steps since then share one small risk (risk-budget.ts).
 * The parameters return to the anchor where the loss rose beyond the noise, and where the risk is spent without a gain.
 *
 * The radius of a step follows actual / promised, as in trust-region methods (Conn, Gould, Toint 2000). Both are summed over the walks since the radius
 * last changed, because one walk is often too noisy.
 */
import { Decrease, type Told } from './decrease.ts'
import { RiskBudget } from './risk-budget.ts'

/** The greatest length of the guided part of the first steps, in parameter space: further away the derivatives no longer describe the network. */
const LENGTH = 1
/** The most that half the squared length of a step in the metric of G may be, nats; it is how far the predictions move (Kullback-Leibler). */
const NATS = 1
const LEAST_SHARE = 2 ** -10
const MOST_SHARE = 16
/** The standard errors by which the loss must have risen for steps to be taken back, or fallen for them to be proven. */
const PROOF = 2
/** The standard errors allowed for in weaker claims: the lower bound of a gain, and whether a promise was kept. */
const ERRORS = 1
/**
 * A few rows that happen to agree know little of their own variance. The variance expected from the steps' length, 2 c nats per row, therefore counts
 * as this many rows beside them (the mean of a scaled inverse chi-squared posterior).
 */
const EXPECTED_ROWS = 8
/** The rise of the loss, in nats, from which steps are taken back whatever the noise. */
const RUIN = 1
/** The number of further reviews of steps whose risk is spent and that seem to have lowered the loss. */
const PATIENCE = 3
/** Steps that are mostly signal, and no longer than one that kept its promise, need no review. */
const CLEAR = 0.6

export interface TrustStep {
  /** The length |x| of the guided part. */
  readonly length: number
  /** x^T G x / 2 */
  readonly nats: number
  readonly promised: number
  /** The lower bound of the part of a.x that is signal. */
  readonly gain: number
  /** The smallest w of the directions in it. */
  readonly weight: number
}

interface Reviewed extends Told {
  /** The number of rows behind the measurement, at least 1. */
  readonly rows: number
}

export interface Review {
  /** The reviews by phone; all phones as if they were one, where all are asked. */
  readonly told: readonly Reviewed[]
  /** Half the mean square of the change of the rows' losses, nats. */
  readonly displaced: number
}

/** `proven`: the anchor moves to the present point. `open`: the anchor stays. `taken back`: the parameters return to the anchor. */
type Verdict = 'proven' | 'open' | 'taken back'

/** The steps since the anchor, summed. */
interface Walk {
  readonly steps: number
  /** The radius as a share of LENGTH, or of the root of NATS. */
  readonly share: number
  readonly nats: number
  readonly promised: number
  readonly risk: number
  /** The smallest weight. */
  readonly weight: number
  /** The number of reviews since its risk was spent. */
  readonly stalled: number
}

const NO_STEPS: Walk = { steps: 0, share: 0, nats: 0, promised: 0, risk: 0, weight: 1, stalled: 0 }

export class TrustRegion {
  private readonly fleet: number
  private readonly budget = new RiskBudget()
  /** The present radius, as a share of LENGTH. */
  private share = 1
  /** The longest share that kept its promise. */
  private proven = 0
  private walk = NO_STEPS
  private decrease: Decrease
  private sums = { actual: 0, promised: 0, variance: 0 }

  /** @param fleet the number of phones in all */
  constructor(fleet = 1) {
    this.fleet = fleet
    this.decrease = new Decrease(fleet)
  }

  get length(): number {
    return LENGTH * this.share
  }

  get nats(): number {
    return NATS * Math.min(1, this.share) ** 2
  }

  /** True if phones are to report the effect of the steps since the anchor. */
  get reviewDue(): boolean {
    const { steps, weight, share, risk } = this.walk
    return steps > 0 && (weight < CLEAR || share > this.proven || risk > 0)
  }

  /** @param rows the effective number of independent rows in a round */
  hear(rows: number): void {
    this.budget.hear(rows)
  }

  /** The share of a step that may be taken. */
  shareOf({ nats, gain }: Pick<TrustStep, 'nats' | 'gain'>): number {
    return this.budget.share(nats, gain, this.walk.risk, this.gained)
  }

  /** Notes a step that was taken. */
  stepped(step: TrustStep): void {
    const share = Math.max(step.length / LENGTH, Math.sqrt(step.nats / NATS))
    if (share === 0) return
    const { walk, budget } = this
    const risk = budget.risk(step.nats, step.gain)
    this.decrease.step(Math.hypot(step.promised, risk), budget.scale * step.nats)
    this.walk = {
      steps: walk.steps + 1,
      share: Math.max(walk.share, share),
      nats: walk.nats + step.nats,
      promised: walk.promised + step.promised,
      risk: walk.risk + risk,
      weight: Math.min(walk.weight, step.weight),
      stalled: walk.stalled,
    }
  }

  /** Moves the anchor here where no review was due. */
  settle(): void {
    if (!this.reviewDue) this.begin()
  }

  /** True if steps were taken since the anchor. */
  get walking(): boolean {
    return this.walk.steps > 0
  }

  review({ told, displaced }: Review): Verdict {
    const { walk, decrease, budget } = this
    if (walk.steps === 0) return 'proven'
    budget.calibrate(displaced, walk.nats)
    const expected = 2 * budget.scale * walk.nats
    decrease.tell(
      told.map((one) => ({ ...one, variance: pooledVariance(one, expected) })),
      displaced,
    )
    const { value, error } = decrease
    const spent = budget.spent(walk.risk, this.gained)
    const futile = spent && (value < 0 || walk.stalled >= PATIENCE)
    if (value < -RUIN || (error > 0 && value < -PROOF * error) || futile) {
      this.begin()
      this.change(walk.share / 4)
      budget.failed()
      return 'taken back'
    }
    if (value > PROOF * error) {
      this.begin()
      budget.proved()
      this.judge(walk, value, error)
      return 'proven'
    }
    this.walk = { ...walk, stalled: spent ? walk.stalled + 1 : 0 }
    if (value + ERRORS * error < walk.promised / 4 || (walk.steps >= 3 && value < 0)) this.change(walk.share / 2)
    return 'open'
  }

  /** The lower bound of the gain since the anchor. */
  private get gained(): number {
    return Math.max(0, this.decrease.value - ERRORS * this.decrease.error)
  }

  private begin(): void {
    this.walk = NO_STEPS
    this.decrease = new Decrease(this.fleet)
  }

  private judge({ share, promised }: Walk, value: number, error: number): void {
    const { sums } = this
    sums.actual += value
    sums.promised += promised
    sums.variance += error ** 2
    const spread = Math.sqrt(sums.variance)
    if (sums.actual + ERRORS * spread < sums.promised / 4) {
      this.change(share / 2)
      return
    }
    if (sums.actual > sums.promised / 4) this.proven = Math.max(this.proven, share)
    if (sums.actual > 0.75 * sums.promised && sums.actual > ERRORS * spread && share > 0.9 * this.share) this.change(2 * this.share)
  }

  private change(share: number): void {
    if (share < this.share) this.proven = Math.min(this.proven, share)
    this.share = Math.min(MOST_SHARE, Math.max(LEAST_SHARE, share))
    this.sums = { actual: 0, promised: 0, variance: 0 }
  }
}

/** Returns the variance of a mean over `rows`. @param expected the variance per row that the steps' length lets expect */
function pooledVariance({ rows, variance }: Reviewed, expected: number): number {
  const own = Math.max(0, rows - 1)
  return (own * variance + (EXPECTED_ROWS * expected) / rows) / (own + EXPECTED_ROWS)
}
