/** The model that a scenario starts from, with what a saved adapter puts in place of its weights. */
import { Model } from '#main/models/model.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

/** @param checkpoint its directory @throws InputError as opening it does */
export function scenarioModel({ model: { head, adapter }, seed }: Pick<Scenario, 'model' | 'seed'>, checkpoint: string): Model {
  const from = adapter.kind === 'lora' ? adapter.from : undefined
  return new Model(checkpoint, seed, null, { freshHead: head === 'fresh', adapter: from })
}
