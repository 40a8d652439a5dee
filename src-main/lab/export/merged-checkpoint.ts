/** Merges what a session trained into its model, as a checkpoint directory that needs no adapter: W <- W + (alpha / rank) B A. */
import { scenarioModel } from '#main/reading/scenario-model.ts'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { fullName } from '#main/models/architectures/architecture.ts'
import { modelWeights } from '#main/models/model.ts'
import type { TensorToWrite } from '#main/models/safetensors/write.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { StoredReplica, StoredSession } from '#main/store/session-data.ts'
import { startingAdapter } from '../starting-adapter.ts'
import { copyTokenizer, exportedConfig } from './exported-config.ts'
import { type Resources, checkpointDirectory } from '#main/machine/resources.ts'
import { type SavedTensor, trainedTensors } from './trained-tensors.ts'
import { writeWhole } from '#main/machine/whole-file.ts'
import { makeDirectory } from './whole-directory.ts'

/** @param labels the names of the classes, in order @returns `path` @throws InputError if the adapter can't be merged into weights */
export function exportMerged(
  path: string,
  session: StoredSession,
  checkpoint: StoredReplica | null,
  labels: readonly string[],
  resources: Resources,
): string {
  const { scenario, id } = session
  const trained = trainedTensors(session, checkpoint)
  const base = checkpointDirectory(resources, scenario.model.checkpoint)
  using model = scenarioModel(scenario, base)
  const { adapter } = startingAdapter(scenario.model.adapter, model)
  const scale = adapter.kind === 'lora' ? adapter.alpha / adapter.rank : 0
  const classes = scenario.task.kind === 'classification'
  const left = new Set(trained.keys())
  const take = (name: string): SavedTensor | undefined => {
    left.delete(name)
    return trained.get(name)
  }
  function* tensors(): Iterable<readonly [string, TensorToWrite]> {
    for (const { name, shape } of modelWeights(model.architecture, model.config, classes ? labels.length : { kind: 'next-word' })) {
      const full = fullName(model.architecture, name)
      const data = new Float32Array(elementCount(shape))
      model.read(name, data)
      const stem = full.replace(/\.weight$/, '')
      const [a, b, replaced] = [take(`${stem}.lora_A.weight`), take(`${stem}.lora_B.weight`), take(full)]
      if (replaced) data.set(replaced.data)
      if (a && b) addProduct(data, a, b, scale, shape[0] !== b.shape[0] || model.config.modelType === 'gpt2')
      yield [full, { dtype: 'F32', shape, data }]
    }
    for (const name of left) {
      // A head is a weight of its own; no other part of an adapter may be left over.
      if (!/^(classifier|score|pre_classifier)\b/.test(name)) {
        throw new InputError(
          'session',
          `"${id}", whose ${name} has no weight to go into`,
          'a session that trained LoRA or biases of a model without shared layers',
        )
      }
      const { shape, data } = take(name)!
      yield [name, { dtype: 'F32', shape, data }]
    }
  }
  return makeDirectory(path, (directory) => {
    writeSafetensors(join(directory, 'model.safetensors'), tensors(), { format: 'pt' })
    const config = exportedConfig(model, classes ? labels : null)
    writeWhole(join(directory, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
    copyTokenizer(base, directory)
  })
}

/** Adds scale B A to w, in float64: B [out, rank], A [rank, in], w [out, in], or its transpose. */
function addProduct(w: Float32Array, a: SavedTensor, b: SavedTensor, scale: number, transposed: boolean): void {
  const [rank, columns] = a.shape as [number, number]
  const [rows] = b.shape as [number]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0
      for (let k = 0; k < rank; k++) sum += b.data[i * rank + k]! * a.data[k * columns + j]!
      const at = transposed ? j * rows + i : i * columns + j
      w[at] = w[at]! + scale * sum
    }
  }
}
