/** `pretrain`: makes the built-in encoder again. */
import { join, resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { pretrain as pretrainModel } from '#main/lab/pretrain.ts'
import type { Command } from '../command.ts'

const DEFAULT_STEPS = 2400

export const pretrain: Command = {
  name: 'pretrain',
  operands: [],
  options: {
    out: { type: 'string', value: 'DIR' },
    steps: { type: 'string', value: 'N' },
    seed: { type: 'string', value: 'N' },
    json: { type: 'boolean' },
  },
  summary: `Pretrains the built-in encoder on the built-in corpus (default: resources/models/encoder, ${DEFAULT_STEPS} steps, seed 1).`,
  async run({ resources, cwd, stdout, stderr }, options) {
    const given = options['out'] as string | undefined
    const out = given === undefined ? join(resources.directory, 'models', 'encoder') : resolve(cwd, given)
    const steps = integer('steps', options['steps'] as string | undefined, DEFAULT_STEPS)
    const seed = integer('seed', options['seed'] as string | undefined, 1)
    const averages = { masked: NaN, pooled: NaN }
    const loss = await pretrainModel(resources, {
      out,
      steps,
      seed,
      onStep: (step, { masked, pooled }) => {
        averages.masked = step === 1 ? masked : 0.98 * averages.masked + 0.02 * masked
        averages.pooled = step === 1 ? pooled : 0.98 * averages.pooled + 0.02 * pooled
        if (step % 100 === 0 || step === steps) {
          stderr.write(`step ${step}/${steps} · masked words ${averages.masked.toFixed(3)} · bag of words ${averages.pooled.toFixed(3)}\n`)
        }
      },
    })
    const result = { out, steps, seed, maskedLoss: averages.masked, pooledLoss: averages.pooled, last: loss }
    stdout.write(options['json'] === true ? `${JSON.stringify(result)}\n` : `wrote ${out}\n`)
    return 0
  },
}

function integer(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InputError(`--${option}`, `"${text}"`, 'an integer of at least 1')
  return value
}
