/**
 * Ends a run whose loss is far above where it began, round after round: going on would cost hours and bring nothing. The test loss counts where
 * it was measured in the round, the phones' own losses where not.
 */
import { RunFailed } from '#shared/errors/run-failed.ts'
import { runsOnPhones } from '#shared/scenario/methods/index.ts'
import { firstLearningRate } from '#shared/scenario/newton-steps.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

/** A loss is far above the first one if it is more than twice as high and more than a nat above it. */
const TIMES = 2
const NATS = 1
/** The number of rounds in a row with a high loss that count as divergence: one bad batch is none. */
const ROUNDS = 5

export class Divergence {
  private readonly scenario: Pick<Scenario, 'method' | 'federation' | 'task'>
  private firstTest = Infinity
  private firstPrivate: number | null = null
  private far = 0

  constructor(scenario: Pick<Scenario, 'method' | 'federation' | 'task'>) {
    this.scenario = scenario
  }

  /** @param loss of the test rows before the first round, nats */
  begin(loss: number): void {
    this.firstTest = loss
  }

  /**
   * Must be called after every round. A loss is null where it is unknown.
   * @throws RunFailed if the losses of several rounds in a row are far above the first
   */
  look(round: number, testLoss: number | null, privateLoss: number | null): void {
    if (privateLoss !== null) this.firstPrivate ??= privateLoss
    const [loss, first, whose] =
      testLoss === null ? [privateLoss, this.firstPrivate, "phones' mean loss"] : [testLoss, this.firstTest, 'test loss']
    if (loss === null || first === null) return
    this.far = loss > TIMES * first && loss > first + NATS ? this.far + 1 : 0
    if (this.far < ROUNDS) return
    throw new RunFailed(
      `round ${round}: the run diverged: the ${whose} is ${short(loss)}, far above the ${short(first)} it began with, for ${ROUNDS} rounds; ${this.advice()}`,
    )
  }

  private advice(): string {
    const { method } = this.scenario
    const rate = `a smaller method.learningRate than ${firstLearningRate(this.scenario)}`
    return `try ${rate} or a larger ${runsOnPhones(method.kind) ? 'method.batchSize' : 'method.cloudBatchSize'}`
  }
}

function short(loss: number): string {
  return String(Number(loss.toPrecision(3)))
}
