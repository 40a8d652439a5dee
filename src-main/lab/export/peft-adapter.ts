/**
 * A trained LoRA adapter as Hugging Face PEFT keeps it: `adapter_config.json` and `adapter_model.safetensors`, whose names stand below
 * `base_model.model`. https://huggingface.co/docs/peft/developer_guides/checkpoint
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { readConfig } from '#main/models/config.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import type { Checkpoint, StoredSession } from '#main/store/store.ts'
import { type Resources, checkpointDirectory } from '../resources.ts'
import { trainedTensors } from './trained-tensors.ts'
import { makeDirectory } from './whole-directory.ts'

const LORA = /\.lora_[AB]\.weight$/

/** @returns `path` @throws InputError if the session trained no LoRA adapter */
export function exportPeft(path: string, session: StoredSession, checkpoint: Checkpoint | null, resources: Resources): string {
  const { adapter, checkpoint: base } = session.scenario.model
  if (adapter.kind !== 'lora')
    throw new InputError('session', `"${session.id}", whose adapter is ${adapter.kind}`, 'a session that trained a LoRA adapter')
  const tensors = trainedTensors(session, checkpoint)
  const modules = [...new Set([...tensors.keys()].filter((name) => LORA.test(name)).map((name) => name.replace(LORA, '')))]
  const heads = [...new Set([...tensors.keys()].filter((name) => !LORA.test(name)).map((name) => name.replace(/\.(weight|bias)$/, '')))]
  const { modelType } = readConfig(checkpointDirectory(resources, base))
  const config = {
    peft_type: 'LORA',
    task_type: heads.length > 0 ? 'SEQ_CLS' : null,
    base_model_name_or_path: base,
    inference_mode: true,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    bias: 'none',
    // Its linear layers keep their matrices transposed.
    fan_in_fan_out: modelType === 'gpt2',
    init_lora_weights: true,
    target_modules: modules,
    modules_to_save: heads.length > 0 ? heads : null,
  }
  return makeDirectory(path, (directory) => {
    writeFileSync(join(directory, 'adapter_config.json'), `${JSON.stringify(config, null, 2)}\n`)
    const named = [...tensors].map(
      ([name, { shape, data }]) => [`base_model.model.${name}`, { dtype: 'F32' as const, shape, data }] as const,
    )
    writeSafetensors(join(directory, 'adapter_model.safetensors'), named, { format: 'pt' })
  })
}
