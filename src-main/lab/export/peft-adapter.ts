/**
 * Exports a trained LoRA adapter in the format of Hugging Face PEFT: `adapter_config.json` and `adapter_model.safetensors`, whose tensors are named
 * below `base_model.model`. https://huggingface.co/docs/peft/developer_guides/checkpoint
 */
import { startingAdapter } from '../starting-adapter.ts'
import { exportedConfig } from './exported-config.ts'
import { scenarioModel } from '#main/reading/scenario-model.ts'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { elementCount } from '#main/engine/onnx/graph.ts'
import { fullName } from '#main/models/architectures/architecture.ts'
import { type Model, encoderWeights } from '#main/models/model.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import type { StoredReplica, StoredSession } from '#main/store/session-data.ts'
import { type Resources, checkpointDirectory } from '#main/machine/resources.ts'
import { trainedTensors } from './trained-tensors.ts'
import { writeWhole } from '#main/machine/whole-file.ts'
import { makeDirectory } from './whole-directory.ts'

const LORA = /\.lora_[AB]\.weight$/

/**
 * PEFT's config has no place for the names of classes, so a `config.json` beside it has them, as that of a whole model would.
 * @param labels the names of the classes, in order @returns `path` @throws InputError if the session trained no LoRA adapter
 */
export function exportPeft(
  path: string,
  session: StoredSession,
  checkpoint: StoredReplica | null,
  labels: readonly string[],
  resources: Resources,
): string {
  const { adapter: asked, checkpoint: base } = session.scenario.model
  if (asked.kind !== 'lora')
    throw new InputError('session', `"${session.id}", whose adapter is ${asked.kind}`, 'a session that trained a LoRA adapter')
  const tensors = trainedTensors(session, checkpoint)
  const modules = [...new Set([...tensors.keys()].filter((name) => LORA.test(name)).map((name) => name.replace(LORA, '')))]
  using model = scenarioModel(session.scenario, checkpointDirectory(resources, base))
  const { adapter } = startingAdapter(asked, model)
  if (adapter.kind !== 'lora') throw new Error('another kind of adapter than the scenario names')
  const saved = savedModules(
    model,
    [...tensors.keys()].filter((name) => !LORA.test(name)),
  )
  for (const { name, shape } of encoderWeights(model.architecture, model.config)) {
    const full = fullName(model.architecture, name)
    if (tensors.has(full) || !saved.some((module) => full.startsWith(`${module}.`))) continue
    const data = new Float32Array(elementCount(shape))
    model.read(name, data)
    tensors.set(full, { shape, data })
  }
  const classes = session.scenario.task.kind === 'classification'
  const config = {
    peft_type: 'LORA',
    task_type: classes ? 'SEQ_CLS' : model.config.decoder ? 'CAUSAL_LM' : null,
    base_model_name_or_path: base,
    inference_mode: true,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    bias: 'none',
    // GPT-2's linear layers keep their matrices transposed.
    fan_in_fan_out: model.config.modelType === 'gpt2',
    init_lora_weights: true,
    target_modules: modules,
    modules_to_save: saved.length > 0 ? saved : null,
  }
  return makeDirectory(path, (directory) => {
    writeWhole(join(directory, 'adapter_config.json'), `${JSON.stringify(config, null, 2)}\n`)
    const whole = exportedConfig(model, classes ? labels : null)
    writeWhole(join(directory, 'config.json'), `${JSON.stringify(whole, null, 2)}\n`)
    const named = [...tensors].map(
      ([name, { shape, data }]) => [`base_model.model.${name}`, { dtype: 'F32' as const, shape, data }] as const,
    )
    writeSafetensors(join(directory, 'adapter_model.safetensors'), named, { format: 'pt' })
  })
}

/**
 * Returns the modules that are stored whole beside LoRA: the classification head, which PEFT knows by its first name, and modules that the checkpoint
 * lacks and that were drawn from the seed, since another program would draw them otherwise.
 * @param head the names of the head's trained weights
 */
function savedModules({ fresh, replaced }: Model, head: readonly string[]): string[] {
  const moduleOf = (name: string): string => name.replace(/\.(weight|bias)$/, '')
  const heads = new Set(head.map((name) => /^(classifier|score)\b/.exec(name)?.[0] ?? moduleOf(name)))
  const inHead = (module: string): boolean => [...heads].some((own) => module === own || module.startsWith(`${own}.`))
  const drawn = head.length > 0 ? fresh.map(moduleOf) : []
  // The modules that the starting adapter stored whole are stored whole again.
  const kept = replaced.map(moduleOf).filter((module) => head.length > 0 || !/^(classifier|score)\b/.test(module))
  return [...heads, ...new Set([...drawn, ...kept].filter((module) => !inHead(module)))]
}
