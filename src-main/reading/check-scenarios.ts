/** Checks that the scenarios of a comparison can run: data and models can be read and fit. */
import { scenarioModel } from './scenario-model.ts'
import { join } from 'node:path'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import type { TextRow } from '#main/models/tokenizer/tokenizer.ts'
import { classHeadOf } from './class-head.ts'
import { prepareData, trainingTable } from './prepare-data.ts'

const NO_TOKENS = new Int32Array(1)

interface PlanRequest {
  /** The same model and data in several conditions. */
  readonly scenarios: readonly Scenario[]
  readonly phones: number
  /** The absolute path of the checkpoint. */
  readonly checkpoint: string
}

/** @param at called with the file that is read @returns the number of classes @throws InputError naming the file or key */
export async function checkScenarios(
  { scenarios, phones, checkpoint }: PlanRequest,
  at: (file: string) => void = () => {},
): Promise<number> {
  at(checkpoint)
  using model = scenarioModel(scenarios[0]!, checkpoint)
  // Cutting every text into tokens takes long and can't fail.
  at(join(checkpoint, 'tokenizer.json'))
  await loadTokenizer(checkpoint)
  const encode = async (rows: readonly TextRow[]) => rows.map(() => ({ ids: NO_TOKENS }))
  const classes: number[] = []
  for (const scenario of scenarios) {
    const { labels } = await prepareData(scenario, phones, trainingTable(scenario, classHeadOf(model)), encode, at)
    model.holdsClassifier(labels.length)
    classes.push(labels.length)
  }
  return classes[0]!
}
