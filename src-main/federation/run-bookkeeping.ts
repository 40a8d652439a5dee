/** The bookkeeping of every kind of run: it keeps the digest of all that was computed, applies the stop rules, and reports measurements as events. */
import { createHash } from 'node:crypto'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { StoppedBy } from '#shared/events/reasons.ts'
import { Divergence } from './divergence.ts'
import type { RunParts } from './run-parts.ts'
import { mean } from './statistics.ts'

type Parts = Pick<RunParts, 'scenario' | 'cloud' | 'clock' | 'emit' | 'steering'>

export class RunBookkeeping {
  private readonly parts: Parts
  private readonly hash = createHash('sha256')
  private readonly divergence: Divergence
  /** The round after which the model was last measured, and the loss then. */
  private evaluated = 0
  private testLoss = NaN

  constructor(parts: Parts) {
    this.parts = parts
    this.divergence = new Divergence(parts.scenario)
  }

  /** Adds to the digest what a round computed. */
  add(...facts: readonly unknown[]): void {
    this.hash.update(JSON.stringify(facts))
  }

  digest(): string {
    return this.hash.digest('hex').slice(0, 32)
  }

  /** Begins a round: waits while the run is paused, and applies the user's changes. @returns why the run ends here, if it does */
  async beginRound(round: number): Promise<StoppedBy | null> {
    const { steering, clock, emit } = this.parts
    const changes = await steering.beforeRound(round)
    if (steering.interrupted()) {
      if (this.evaluated < round - 1) await this.evaluate(round - 1)
      return 'interrupted'
    }
    const tuned = changes.flatMap((change) => clock.tune(change))
    for (const { phone, change } of tuned) emit({ kind: 'phone-tuned', phone, round, atSeconds: clock.seconds, change })
    return null
  }

  /**
   * Ends a round: measures the model if that is due, reports the round as finished, and applies the stop rules.
   * @param privateLosses the losses that phones reported
   * @throws RunFailed if the run has diverged
   */
  async finishRound(
    round: number,
    seconds: number,
    forwardPasses: number,
    privateLosses: readonly (number | null)[] = [],
  ): Promise<StoppedBy | null> {
    const { stop, evaluation } = this.parts.scenario
    const last = round === stop.rounds
    const accuracy = last || round % evaluation.every === 0 ? await this.evaluate(round) : null
    this.parts.emit({ kind: 'round-finished', round, virtualSeconds: seconds })
    const told = privateLosses.filter((loss) => loss !== null)
    this.divergence.look(round, accuracy === null ? null : this.testLoss, told.length > 0 ? mean(told) : null)
    const stoppedBy = this.stopReason(accuracy, seconds, forwardPasses, last)
    if (stoppedBy && accuracy === null) await this.evaluate(round)
    return stoppedBy
  }

  /** Measures the model before the first round. @returns why the run ends here, if it does */
  async start(): Promise<StoppedBy | null> {
    return this.stopReason(await this.evaluate(0), 0, 0, true)
  }

  private stopReason(accuracy: number | null, seconds: number, forwardPasses: number, last: boolean): StoppedBy | null {
    const { stop } = this.parts.scenario
    if (stop.atTarget && stop.targetAccuracy !== undefined && accuracy !== null && accuracy >= stop.targetAccuracy) return 'target'
    if (stop.forwardPasses !== undefined && forwardPasses >= stop.forwardPasses) return 'forwardPasses'
    if (stop.virtualSeconds !== undefined && seconds >= stop.virtualSeconds) return 'virtualSeconds'
    return !last && this.parts.steering.interrupted() ? 'interrupted' : null
  }

  private async evaluate(round: number): Promise<number> {
    const { accuracy, loss, rows } = await this.parts.cloud.evaluate()
    if (!Number.isFinite(loss)) {
      const advice = round === 0 ? 'the checkpoint gives none to begin with' : 'try a smaller learningRate or probeSize'
      throw new RunFailed(`round ${round}: the test loss is no number; ${advice}`)
    }
    this.parts.emit({ kind: 'evaluated', round, accuracy, loss, rows })
    this.add(round, accuracy, loss)
    this.evaluated = round
    this.testLoss = loss
    if (round === 0) this.divergence.begin(loss)
    return accuracy
  }
}
