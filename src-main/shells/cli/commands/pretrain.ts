/** `pretrain`: makes the built-in encoder again, or a small decoder on the same texts. */
import { join, resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { pretrain as pretrainModel } from '#main/checkpoints/pretrain-encoder.ts'
import { pretrainDecoder } from '#main/checkpoints/pretrain-decoder.ts'
import type { CliCommand, CommandContext, Options } from '../command.ts'

const DEFAULT_STEPS = 2400

export const pretrain: CliCommand = {
  name: 'pretrain',
  operands: [],
  options: {
    decoder: { type: 'boolean' },
    out: { type: 'string', value: 'DIR' },
    steps: { type: 'string', value: 'N' },
    seed: { type: 'string', value: 'N' },
    json: { type: 'boolean' },
  },
  summary: `Pretrains the built-in encoder on the built-in corpus (default: resources/models/encoder, ${DEFAULT_STEPS} steps, seed 1), or a decoder into --out.`,
  async run({ resources, cwd, stdout, stderr }, options) {
    const given = options['out'] as string | undefined
    const out = given === undefined ? join(resources.directory, 'models', 'encoder') : resolve(cwd, given)
    const steps = integer('steps', options['steps'] as string | undefined, DEFAULT_STEPS)
    const seed = integer('seed', options['seed'] as string | undefined, 1)
    if (options['decoder'] === true) return decode({ resources, stdout, stderr }, options, given === undefined ? null : out, steps, seed)
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

/** @param out null where none was given */
async function decode(
  { resources, stdout, stderr }: Pick<CommandContext, 'resources' | 'stdout' | 'stderr'>,
  options: Options,
  out: string | null,
  steps: number,
  seed: number,
): Promise<number> {
  if (out === null) throw new InputError('--out', 'missing', 'a directory for the decoder, which is not part of the lab')
  let average = NaN
  const last = await pretrainDecoder(resources, {
    out,
    steps,
    seed,
    onStep: (step, loss) => {
      average = step === 1 ? loss : 0.98 * average + 0.02 * loss
      if (step % 100 === 0 || step === steps) stderr.write(`step ${step}/${steps} · next word ${average.toFixed(3)}\n`)
    },
  })
  stdout.write(options['json'] === true ? `${JSON.stringify({ out, steps, seed, loss: average, last })}\n` : `wrote ${out}\n`)
  return 0
}

function integer(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InputError(`--${option}`, `"${text}"`, 'an integer of at least 1')
  return value
}
