/** Recognises what was given where a model directory was expected, and words what to give instead. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { kindAt } from '#main/data/file-kinds.ts'
import { InputError } from '#shared/errors/input-error.ts'

const CONFIG = 'config.json'
const DIRECTORY = 'the directory of a Hugging Face model, with config.json, model.safetensors and tokenizer.json'
const MOST_NAMED = 3

/** @throws InputError if `directory` has no `config.json` */
export function requireConfig(directory: string): void {
  if (existsSync(join(directory, CONFIG))) return
  const status = statSync(directory, { throwIfNoEntry: false })
  if (status === undefined) {
    throw new InputError(directory, 'no such directory', `${DIRECTORY}; one of the hub is downloaded first: hf download ID --local-dir DIR`)
  }
  if (!status.isDirectory()) {
    const beside = existsSync(join(dirname(directory), CONFIG)) ? `, here ${dirname(directory)}` : ''
    throw new InputError(directory, kindAt(directory)?.name ?? 'a file', `${DIRECTORY}${beside}`)
  }
  const names = readdirSync(directory)
  if (names.includes('adapter_config.json')) {
    const expected =
      'the model that it was trained on, with the adapter as model.adapter.from in a scenario; or both merged by merge_and_unload()'
    throw new InputError(directory, 'an adapter of PEFT', expected)
  }
  const inside = [
    ...names,
    ...(names.includes('snapshots') ? readdirSync(join(directory, 'snapshots')).map((name) => `snapshots/${name}`) : []),
  ]
  const models = inside.filter((name) => existsSync(join(directory, name, CONFIG)))
  if (models.length > 0) {
    throw new InputError(
      directory,
      `no ${CONFIG}`,
      `a model directory, such as ${models
        .slice(0, MOST_NAMED)
        .map((name) => join(directory, name))
        .join(', ')}`,
    )
  }
  const other = names.find((name) => /\.(gguf|bin|pth?|ckpt|onnx|h5)$/.test(name))
  throw new InputError(directory, `no ${CONFIG}${other === undefined ? '' : `, but ${other}`}`, DIRECTORY)
}
