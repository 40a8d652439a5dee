/** `grad`: what backpropagation says about every weight of a checkpoint, as a safetensors file. */
import { resolve } from 'node:path'
import { formatPercent, formatSeconds } from '#shared/units/quantities.ts'
import { checkpointGradients } from '#main/checkpoints/checkpoint-gradients.ts'
import { Reader } from '#main/reading/reader.ts'
import type { CliCommand } from '../command.ts'
import { rowsOptions, rowsRequest, tellData, tellFresh } from './eval.ts'

export const grad: CliCommand = {
  name: 'grad',
  operands: [],
  options: {
    out: { type: 'string', value: 'G.safetensors', required: true },
    ...rowsOptions,
    rows: { ...rowsOptions.rows, required: true },
    json: { type: 'boolean' },
  },
  summary: 'Writes the gradient of the mean loss on the first N rows, for every weight under its Hugging Face name.',
  async run(context, options) {
    const { resources, cwd, stdout } = context
    const request = rowsRequest(context, options)
    const out = resolve(cwd, options['out'] as string)
    await using reader = new Reader(resources)
    const result = await checkpointGradients(request, out, reader)
    const { report, ...measured } = result
    const { rows, loss, accuracy, tensors, parameters, norm, fresh, seconds } = measured
    tellFresh(context, fresh)
    tellData(context, report)
    if (options['json'] === true) {
      stdout.write(`${JSON.stringify({ model: request.checkpoint, data: request.data, ...measured, ...report, out })}\n`)
    } else {
      const lines = [
        `loss      ${loss.toFixed(6)}, accuracy ${formatPercent(accuracy)} on ${rows} rows`,
        `gradient  ${tensors} tensors, ${parameters} parameters, norm ${norm.toPrecision(6)}`,
        `file      ${out}`,
        `time      ${formatSeconds(seconds)}`,
      ]
      stdout.write(`${lines.join('\n')}\n`)
    }
    return 0
  },
}
