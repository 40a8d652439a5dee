/** `calibrate`: this machine's own rate as profiles that a scenario can name, and how well they predict. */
import { basename, resolve } from 'node:path'
import { calibrate as calibrateMachine } from '#main/bench/calibrate-profile.ts'
import { checkpointDirectory } from '#main/machine/resources.ts'
import { checkWritable, writeWhole } from '#main/machine/whole-file.ts'
import type { CliCommand } from '../command.ts'

export const calibrate: CliCommand = {
  name: 'calibrate',
  operands: [],
  options: {
    model: { type: 'string', multiple: true, value: 'DIR' },
    out: { type: 'string', value: 'FILE.json' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  summary: 'Measures what this machine computes, writes it as profiles, and compares predicted with measured times.',
  async run({ resources, cwd, stdout, stderr }, options) {
    const out = resolve(cwd, (options['out'] as string | undefined) ?? 'this-machine.json')
    checkWritable(out)
    const given = (options['model'] as string[] | undefined) ?? ['builtin:encoder']
    const checkpoints = given.map((model) =>
      model.startsWith('builtin:')
        ? { name: model, path: checkpointDirectory(resources, model) }
        : { name: basename(model), path: resolve(cwd, model) },
    )
    const onProgress = (line: string): void => void stderr.write(`${line}\n`)
    const calibration = await calibrateMachine({ resources, checkpoints, quick: options['quick'] === true, onProgress })
    const { profiles, phoneGflops, cloudGflops, work, medianError, largestError } = calibration
    writeWhole(out, `${JSON.stringify({ devices: profiles, links: [] }, null, 2)}\n`)
    if (options['json'] === true) {
      stdout.write(`${JSON.stringify({ out, ...calibration })}\n`)
      return 0
    }
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
    const lines = work.map(({ model, kind, sequences, tokens, directions, seconds, predictedSeconds, error, calibrates }) => {
      const what = kind === 'probes' ? `${directions} directions probed` : 'a gradient'
      const use = calibrates ? 'gives the rate' : 'validates'
      return `${model}, ${sequences} x ${tokens}, ${what}: measured ${ms(seconds)}, predicted ${ms(predictedSeconds)} (${error < 0 ? '' : '+'}${percent(error)}), ${use}`
    })
    stdout.write(
      `${[
        ...lines,
        '',
        `one thread of this machine: ${phoneGflops} GFLOP/s probing, ${cloudGflops} GFLOP/s in gradients`,
        `sizes that gave no rate are predicted to within ${percent(medianError)} (median), ${percent(largestError)} (largest)`,
        `wrote ${out}: name it as "profiles" in a scenario, then "this-machine" as the cloud's profile or "this-machine-phone" as a phone's`,
      ].join('\n')}\n`,
    )
    return 0
  },
}

function ms(seconds: number): string {
  return `${(1000 * seconds).toFixed(1)} ms`
}
