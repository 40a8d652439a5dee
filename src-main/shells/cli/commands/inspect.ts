/** `inspect` describes a checkpoint: its kind, the tasks it can do here, and the memory of each way of training it. */
import { resolve } from 'node:path'
import { visibleLine } from '#shared/text/visible.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount } from '#shared/units/quantities.ts'
import { measureIdleWorker } from '#main/lab/host/idle-worker.ts'
import type { Inspection } from '#main/predict/inspect-model.ts'
import type { UnsupportedModel } from '#main/predict/unsupported-model.ts'
import { Reader } from '#main/reading/reader.ts'
import { checkpointDirectory } from '#main/machine/resources.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { CliCommand } from '../command.ts'

const USUAL = { sequences: 8, tokens: 64 }

export const inspect: CliCommand = {
  name: 'inspect',
  operands: ['MODEL'],
  options: {
    batch: { type: 'string', value: 'N' },
    'max-length': { type: 'string', value: 'N' },
    json: { type: 'boolean' },
  },
  summary: 'Shows what a checkpoint is, what it can be trained to do, and the memory that takes.',
  async run({ cwd, stdout, resources }, options, [model]) {
    const checkpoint = model!.startsWith('builtin:') ? checkpointDirectory(resources, model!) : resolve(cwd, model!)
    const number = (name: string, usual: number): number => {
      const text = options[name] as string | undefined
      if (text === undefined) return usual
      if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
      throw new InputError(`--${name}`, `"${text}"`, 'a whole number from 1')
    }
    const [sequences, tokens] = [number('batch', USUAL.sequences), number('max-length', USUAL.tokens)]
    await using reader = new Reader(resources)
    const { residentBytes: idleBytes } = await measureIdleWorker(resources)
    try {
      const found = await reader.read('inspect', { checkpoint, sequences, tokens, idleBytes }, checkpoint)
      stdout.write(options['json'] === true ? `${JSON.stringify(found)}\n` : described(found))
      return 0
    } catch (error) {
      const bare = error instanceof InputError ? await reader.read('inspect-bare', { checkpoint, why: error.message }, checkpoint) : null
      if (bare) stdout.write(options['json'] === true ? `${JSON.stringify(bare)}\n` : describedBare(bare))
      throw error
    }
  },
}

type Fact = readonly [name: string, value: string]

function words(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function filesInWords({ count, bytes, types }: Inspection['files']): string {
  const each = Object.entries(types).map(([type, elements]) => `${formatCount(elements)} ${type}`)
  return `${count} of ${formatBytes(bytes)}: ${each.join(', ')}`
}

/** Names come from the model's files. */
const LONGEST_FACT = 1000

function aligned(facts: readonly Fact[]): string[] {
  const width = Math.max(...facts.map(([name]) => name.length))
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${visibleLine(value, LONGEST_FACT)}`)
}

function describedBare({ modelType, architectures, sizes, parameters, files, tokenizer, why }: UnsupportedModel): string {
  const model = [modelType ?? 'of no named type', ...(architectures.length > 0 ? [`(${architectures.join(', ')})`] : [])].join(' ')
  const facts: Fact[] = [
    ['model', parameters === null ? model : `${model}, ${formatCount(parameters)} parameters in its files`],
    ['sizes', Object.keys(sizes).length > 0 ? words(sizes) : 'none that are known by name'],
    ['files', files ? filesInWords(files) : 'no safetensors that can be read'],
    ['tokenizer', tokenizer.length > 0 ? tokenizer.join(', ') : 'none'],
    ['supported', `no: ${why}`],
  ]
  return `${aligned(facts).join('\n')}\n`
}

function described(found: Inspection): string {
  const { modelType, architectures, sizes, parameters, files, tokenizer, batch, memory } = found
  const facts: Fact[] = [
    ['model', `${modelType}${architectures.length > 0 ? ` (${architectures.join(', ')})` : ''}, ${formatCount(parameters)} parameters`],
    ['sizes', words(sizes)],
    ['files', filesInWords(files)],
    ['tokenizer', tokenizer ? `${tokenizer.kind}, ${tokenizer.vocabulary} tokens; ${words(tokenizer.special)}` : 'none that can be read'],
    ['labels', found.labels?.slice(0, 12).join(', ') ?? 'none named'],
    ['adapters', [`lora on ${found.targets.join(', ')}`, ...(found.biased ? ['bitfit'] : []), 'bottleneck'].join('; ')],
    ...found.tasks.map(({ task, possible, why }): Fact => [task, possible ? 'yes' : `no: ${why}`]),
    ...(found.fresh.length > 0 ? [['drawn', found.fresh.join(', ')] as const] : []),
    ...(found.unused.length > 0 ? [['not used', found.unused.slice(0, 8).join(', ')] as const] : []),
  ]
  const table = memory.map(({ way, bytes, leastBytes }) => {
    const least = leastBytes === null || leastBytes >= bytes ? '' : `, ${formatBytes(leastBytes)} at the least`
    return `  ${way.padEnd(52)}  ${formatBytes(bytes)}${least}`
  })
  return [
    ...aligned(facts),
    '',
    `memory of a whole process for ${batch.sequences} rows of ${batch.tokens} tokens, predicted:`,
    ...table,
    '',
  ].join('\n')
}
