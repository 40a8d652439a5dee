/** The model that a scenario starts from. */
import { Model } from '#main/models/model.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

/** @param checkpoint its directory @throws InputError as opening it does */
export function scenarioModel({ model: { head }, seed }: Pick<Scenario, 'model' | 'seed'>, checkpoint: string): Model {
  return new Model(checkpoint, seed, null, head === 'fresh')
}
