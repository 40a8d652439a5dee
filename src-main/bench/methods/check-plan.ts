/** Finds out before the first run what would end the comparison hours later: data and models that can't be read or don't fit. */
import { Reader } from '#main/reading/reader.ts'
import { type Resources, checkpointDirectory } from '#main/machine/resources.ts'
import { CONDITIONS } from './conditions.ts'
import { type MethodsPlan, conditionsOf } from './methods-plan.ts'
import { runScenario } from './run-scenario.ts'

/** @returns the number of classes of each scenario @throws InputError naming the file or key */
export async function checkPlan(plan: MethodsPlan, resources: Resources): Promise<number[]> {
  await using reader = new Reader(resources)
  const classes: number[] = []
  for (const { scenario: base } of plan.bases) {
    const phones = base.fleet.reduce((sum, { count }) => sum + count, 0)
    const choice = { seed: base.seed, classes: 2, learningRate: 1, passes: plan.passes, horizonPasses: plan.passes }
    for (const entry of plan.entries) runScenario(base, { ...choice, entry, condition: CONDITIONS[0]! })
    const checkpoint = checkpointDirectory(resources, base.model.checkpoint)
    const sees = plan.entries.find(({ seesPublic }) => seesPublic) ?? plan.entries[0]!
    const scenarios = conditionsOf(plan, base).map((condition) => runScenario(base, { ...choice, entry: sees, condition }))
    classes.push(await reader.read('plan', { scenarios, phones, checkpoint }, checkpoint))
  }
  return classes
}
