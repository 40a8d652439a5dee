/** `bench` measures one thing on this machine, and describes the machine. */
import { resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { orList } from '#shared/scenario/rules.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { type Bench, type BenchRequest, type BenchTable, type BenchMachine, thisMachine } from '#main/bench/bench-definition.ts'
import { benchNamed, benches } from '#main/bench/index.ts'
import { onEndSignal } from '#main/machine/end-signals.ts'
import { checkpointDirectory } from '#main/machine/resources.ts'
import type { CliCommand, Options } from '../command.ts'

export const bench: CliCommand = {
  name: 'bench',
  operands: [benches.map(({ name }) => name).join('|')],
  options: {
    model: { type: 'string', value: 'DIR' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    ...Object.assign({}, ...benches.map(({ options }) => options)),
  },
  summary: `Measures ${benches.map(({ name }) => name).join(', ')} on this machine.`,
  async run({ resources, cwd, stdout, stderr }, options, [name]) {
    const chosen = benchNamed(name!)
    const model = options['model'] as string | undefined
    const checkpoint =
      model === undefined ? null : model.startsWith('builtin:') ? checkpointDirectory(resources, model) : resolve(cwd, model)
    const quick = options['quick'] === true
    const onProgress = (line: string): void => void stderr.write(`${line}\n`)
    const machine = thisMachine()
    const own = ownOptions(chosen, options)
    const interrupt = new AbortController()
    const stop = (): void => {
      interrupt.abort()
      onProgress('stopping soon; once more to stop at once')
    }
    const done = chosen.interruptible ? onEndSignal(stop) : () => {}
    const { results, table, notes, interrupted } = await chosen
      .run({ resources, checkpoint, quick, options: own, cwd, signal: interrupt.signal, onProgress })
      .finally(done)
    if (options['json'] === true) {
      stdout.write(`${JSON.stringify({ bench: chosen.name, quick, machine, results })}\n`)
    } else {
      const lines = [
        describe(machine),
        ...(quick ? ['quick: too little work for the figures to mean anything'] : []),
        '',
        ...aligned(table),
        '',
      ]
      stdout.write(`${[...lines, ...notes].join('\n')}\n`)
    }
    return interrupted === true ? 130 : 0
  },
}

/** @throws InputError for an option of another bench */
function ownOptions({ name, options: own = {} }: Bench, given: Options): BenchRequest['options'] {
  const wrong = benches.flatMap(({ options }) => Object.keys(options ?? {})).find((key) => given[key] !== undefined && !(key in own))
  if (wrong !== undefined) {
    const owners = benches.filter(({ options }) => wrong in (options ?? {})).map((owner) => owner.name)
    throw new InputError(`--${wrong}`, `given with bench ${name}`, `it with bench ${orList(owners)} only`)
  }
  return Object.fromEntries(Object.keys(own).map((key) => [key, given[key] as string | string[] | undefined]))
}

function describe({ processor, cores, memoryBytes, platform, node, onnxruntime, lab }: BenchMachine): string {
  return `${processor}, ${cores} cores, ${formatBytes(memoryBytes)}, ${platform}; Node ${node}, ONNX Runtime ${onnxruntime}, lab ${lab}`
}

function aligned({ columns, rows }: BenchTable): string[] {
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  return [columns, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
}
