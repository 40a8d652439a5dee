/** Finds out before the first run what would end the comparison hours later: data and models that can't be read or don't fit. */
import { Model } from '#main/models/model.ts'
import { loadTokenizer } from '#main/models/tokenizer.ts'
import { prepareData, trainingTable } from '../../prepare-data.ts'
import { type Resources, checkpointDirectory } from '../../resources.ts'
import { CONDITIONS } from './conditions.ts'
import { type MethodsPlan, conditionsOf } from './methods-plan.ts'
import { runScenario } from './run-scenario.ts'

const NO_TOKENS = new Int32Array(1)

/** @returns the number of classes of each scenario @throws InputError naming the file or key */
export function checkPlan(plan: MethodsPlan, resources: Resources): number[] {
  return plan.bases.map(({ scenario: base }) => {
    const phones = base.fleet.reduce((sum, { count }) => sum + count, 0)
    const choice = { seed: base.seed, classes: 2, learningRate: 1, passes: plan.passes, horizonPasses: plan.passes }
    for (const entry of plan.entries) runScenario(base, { ...choice, entry, condition: CONDITIONS[0]! })
    const checkpoint = checkpointDirectory(resources, base.model.checkpoint)
    using model = new Model(checkpoint, base.seed)
    // Cutting every text into tokens takes long and can't fail.
    loadTokenizer(checkpoint)
    const encode = () => ({ ids: NO_TOKENS })
    const sees = plan.entries.find(({ seesPublic }) => seesPublic) ?? plan.entries[0]!
    const classes = conditionsOf(plan, base).map((condition) => {
      const scenario = runScenario(base, { ...choice, entry: sees, condition })
      const { labels } = prepareData(scenario, phones, trainingTable(scenario, model.config.labels), encode)
      model.holdsClassifier(labels.length)
      return labels.length
    })
    return classes[0]!
  })
}
