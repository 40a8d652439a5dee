import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Model } from '#main/models/model.ts'
import { InputError } from '#shared/errors/input-error.ts'

const root = mkdtempSync(join(tmpdir(), 'cooperlab-not-a-model-'))
afterAll(() => rmSync(root, { recursive: true }))

/** @param files without content that matters */
function folder(name: string, ...files: string[]): string {
  for (const file of files) {
    mkdirSync(join(root, name, dirname(file)), { recursive: true })
    writeFileSync(
      join(root, name, file),
      '{"model_type": "gpt2", "n_embd": 4, "n_layer": 1, "n_head": 1, "n_positions": 4, "vocab_size": 4}',
    )
  }
  return join(root, name)
}

test.each<[string, string, RegExp]>([
  ['the name of a model on the hub', 'google/bert_uncased', /no such directory; .*hf download ID --local-dir DIR/],
  [
    'a file of a model',
    join(folder('file', 'config.json', 'model.safetensors'), 'model.safetensors'),
    /a file; expected the directory .*, here .*file$/,
  ],
  [
    'an adapter',
    folder('adapter', 'adapter_config.json', 'adapter_model.safetensors'),
    /an adapter of PEFT; expected the model that it was trained on.*merge_and_unload/,
  ],
  [
    "a folder of the hub's cache",
    folder('cache', 'snapshots/0123/config.json', 'blobs/x'),
    /no config\.json; expected a model directory, such as .*snapshots\/0123/,
  ],
  ["a trainer's folder", folder('trainer', 'checkpoint-500/config.json', 'runs/x'), /such as .*checkpoint-500/],
  ['a model of llama.cpp', folder('gguf', 'm.Q4_K_M.gguf'), /no config\.json, but m\.Q4_K_M\.gguf; expected the directory/],
  ['an empty folder', folder('empty', '.keep'), /no config\.json; expected the directory of a Hugging Face model/],
  [
    'weights of another precision alone',
    folder('variant', 'config.json', 'model.fp16.safetensors'),
    /weights only as model\.fp16\.safetensors, .* or model\.safetensors\.index\.json beside/,
  ],
  [
    'shards without their index',
    folder('shards', 'config.json', 'model-00001-of-00002.safetensors'),
    /weights only as model-00001-of-00002/,
  ],
  ['a pickled checkpoint', folder('pickled', 'config.json', 'model.ckpt'), /weights only as model\.ckpt, .*save_pretrained/],
])('%s is told from a model, with what to give in its place', (_, directory, words) => {
  const read = (): Model => new Model(directory, 1)
  expect(read).toThrow(InputError)
  expect(read).toThrow(words)
})
