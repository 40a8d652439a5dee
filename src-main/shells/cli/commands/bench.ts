/** `bench`: measures one thing on this machine and says what it was measured on. */
import { resolve } from 'node:path'
import { formatBytes } from '#shared/units/bytes.ts'
import { type BenchTable, type Machine, thisMachine } from '#main/lab/bench/bench.ts'
import { benchNamed, benches } from '#main/lab/bench/index.ts'
import { checkpointDirectory } from '#main/lab/resources.ts'
import type { Command } from '../command.ts'

export const bench: Command = {
  name: 'bench',
  operands: ['kernels|memory|sweep'],
  options: { model: { type: 'string', value: 'DIR' }, quick: { type: 'boolean' }, json: { type: 'boolean' } },
  summary: `Measures ${benches.map(({ name }) => name).join(', ')} on this machine.`,
  async run({ resources, cwd, stdout, stderr }, options, [name]) {
    const chosen = benchNamed(name!)
    const model = options['model'] as string | undefined
    const checkpoint =
      model === undefined ? null : model.startsWith('builtin:') ? checkpointDirectory(resources, model) : resolve(cwd, model)
    const quick = options['quick'] === true
    const onProgress = (line: string): void => void stderr.write(`${line}\n`)
    const machine = thisMachine()
    const { results, table, notes } = await chosen.run({ resources, checkpoint, quick, onProgress })
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
    return 0
  },
}

function describe({ processor, cores, memoryBytes, platform, node, onnxruntime, lab }: Machine): string {
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
