/** `inspect`: what a checkpoint is, what it can do here, and the memory of each way of training it. */
import { resolve } from 'node:path'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount } from '#shared/units/quantities.ts'
import { type Inspection, inspectModel } from '#main/lab/inspect/inspect-model.ts'
import { checkpointDirectory } from '#main/lab/resources.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { Command } from '../command.ts'

const USUAL = { sequences: 8, tokens: 64 }

export const inspect: Command = {
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
    const found = await inspectModel(
      { checkpoint, sequences: number('batch', USUAL.sequences), tokens: number('max-length', USUAL.tokens) },
      resources,
    )
    stdout.write(options['json'] === true ? `${JSON.stringify(found)}\n` : described(found))
    return 0
  },
}

function described(found: Inspection): string {
  const { modelType, architectures, sizes, parameters, files, tokenizer, batch, memory } = found
  const words = (values: Readonly<Record<string, number>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')
  const types = Object.entries(files.types).map(([type, count]) => `${formatCount(count)} ${type}`)
  const facts: [string, string][] = [
    ['model', `${modelType}${architectures.length > 0 ? ` (${architectures.join(', ')})` : ''}, ${formatCount(parameters)} parameters`],
    ['sizes', words(sizes)],
    ['files', `${files.count} of ${formatBytes(files.bytes)}: ${types.join(', ')}`],
    ['tokenizer', tokenizer ? `${tokenizer.kind}, ${tokenizer.vocabulary} tokens; ${words(tokenizer.special)}` : 'none that can be read'],
    ['labels', found.labels?.slice(0, 12).join(', ') ?? 'none named'],
    ['adapters', `lora on ${found.targets.join(', ')}; bitfit; bottleneck`],
    ...found.tasks.map(({ task, possible, why }): [string, string] => [task, possible ? 'yes' : `no: ${why}`]),
    ...(found.fresh.length > 0 ? ([['drawn', found.fresh.join(', ')]] as [string, string][]) : []),
    ...(found.unused.length > 0 ? ([['not used', found.unused.slice(0, 8).join(', ')]] as [string, string][]) : []),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  const table = memory.map(({ way, bytes, leastBytes }) => {
    const least = leastBytes === null || leastBytes >= bytes ? '' : `, ${formatBytes(leastBytes)} at the least`
    return `  ${way.padEnd(52)}  ${formatBytes(bytes)}${least}`
  })
  return [
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    `memory of a whole process for ${batch.sequences} rows of ${batch.tokens} tokens, predicted:`,
    ...table,
    '',
  ].join('\n')
}
