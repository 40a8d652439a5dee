/** Reads a session's files before it starts: its rows as tokens, dealt out, and the head that its task puts on the model. */
import { scenarioModel } from './scenario-model.ts'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import { checkVocabulary } from '#main/models/tokenizer/tokenizer.ts'
import { classHeadOf } from './class-head.ts'
import { type PreparedData, prepareData, trainingTable } from './prepare-data.ts'
import { taskRows } from './task-rows.ts'

export interface PreparingRequest {
  readonly scenario: Scenario
  readonly phones: number
  /** The absolute path of the session's checkpoint. */
  readonly checkpoint: string
}

export interface PreparedSession {
  readonly data: PreparedData
  readonly head: HeadSpec
  readonly answerId: number | null
  readonly padId: number
}

/** @param at called with the file that is read @throws InputError for a file that can't be read, or doesn't go with the others */
export async function prepareSession(
  { scenario, phones, checkpoint }: PreparingRequest,
  at: (file: string) => void = () => {},
): Promise<PreparedSession> {
  at(checkpoint)
  using model = scenarioModel(scenario, checkpoint)
  const { config } = model
  if (scenario.model.maxLength > config.maxPositions) {
    throw new InputError('model.maxLength', String(scenario.model.maxLength), `at most ${config.maxPositions}, the model's positions`)
  }
  const cutter = join(checkpoint, 'tokenizer.json')
  at(cutter)
  const tokenizer = await loadTokenizer(checkpoint)
  checkVocabulary(checkpoint, tokenizer, config)
  at(scenario.data.train.path)
  const table = trainingTable(scenario, classHeadOf(model))
  const { encode, head, answerId } = await taskRows(scenario.task, model, tokenizer, table.labels, scenario.model.maxLength)
  return {
    data: await prepareData(scenario, phones, table, encode, (file) => at(`${cutter}, on the texts of ${file}`)),
    head,
    answerId,
    padId: tokenizer.padId,
  }
}
