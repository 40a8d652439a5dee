/** Pretrains a small decoder of Llama's kind on the built-in corpus, from random weights to a Hugging Face directory. */
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { fullName } from '#main/models/architectures/architecture.ts'
import { llama } from '#main/models/architectures/llama.ts'
import { readConfig } from '#main/models/config.ts'
import { Model, modelWeights } from '#main/models/model.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { tokenizerJson, wordPieceVocabulary } from '#main/models/tokenizer/word-piece.ts'
import { makeBatch } from '#main/training/batch.ts'
import { NEXT_WORD, NextWordPretraining } from '#main/training/next-word-pretraining.ts'
import {
  BATCH_SIZE,
  MAXIMUM_LENGTH,
  type PretrainOptions,
  VOCABULARY_SIZE,
  encodedTexts,
  halfWeights,
  initialWeights,
  learningRateAt,
  makeFolder,
  pretrainingCorpus,
} from './pretrain-encoder.ts'
import { type Resources, kernelsPath } from '#main/machine/resources.ts'

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 128,
  intermediate_size: 384,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
  initializer_range: 0.02,
  pad_token_id: 0,
}

interface DecoderOptions extends Omit<PretrainOptions, 'onStep'> {
  readonly onStep: (step: number, loss: number) => void
}

/** @returns the last loss. @throws InputError if `out` can't be written, before training */
export async function pretrainDecoder(resources: Resources, { out, steps, seed, onStep }: DecoderOptions): Promise<number> {
  const folder = makeFolder(out)
  const nameOf = (name: string): string => fullName(llama, name)
  try {
    const texts = pretrainingCorpus(seed)
    const vocabulary = wordPieceVocabulary(texts, VOCABULARY_SIZE)
    writeFileSync(join(folder, 'config.json'), `${JSON.stringify({ ...CONFIG, vocab_size: vocabulary.length }, null, 1)}\n`)
    writeFileSync(join(folder, 'tokenizer.json'), `${JSON.stringify(tokenizerJson(vocabulary))}\n`)
    writeFileSync(join(folder, 'tokenizer_config.json'), `${JSON.stringify({ tokenizer_class: 'BertTokenizer', do_lower_case: true })}\n`)
    const config = readConfig(folder)
    const specs = modelWeights(llama, config, NEXT_WORD)
    writeSafetensors(join(folder, 'model.safetensors'), initialWeights(specs, config, seed, nameOf))

    using model = new Model(folder, seed)
    const arena = new Arena(NextWordPretraining.bytes(model))
    using training = await NextWordPretraining.create(model, arena, loadKernels(arena.memory, readFileSync(kernelsPath(resources))))
    const { rows: encoded, padId } = await encodedTexts({ directory: folder, texts, maxLength: MAXIMUM_LENGTH }, resources)
    const stream = new Stream(deriveKey(seed, 'pretraining'))
    let loss = NaN
    for (let step = 1; step <= steps; step++) {
      const rows = Array.from({ length: BATCH_SIZE }, () => stream.pick(encoded))
      loss = await training.step(makeBatch(rows, { padId, nextWord: true }), learningRateAt(step, steps))
      onStep(step, loss)
    }
    const names = specs.map(({ name }) => name)
    writeSafetensors(join(folder, 'model.safetensors'), halfWeights(training, names, nameOf), { format: 'pt' })
    chmodSync(folder, 0o755)
    rmSync(out, { recursive: true, force: true })
    renameSync(folder, out)
    return loss
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
