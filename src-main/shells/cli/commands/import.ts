/** `import FILE`: takes in a session that export has written, here or elsewhere. */
import { resolve } from 'node:path'
import { orInputError } from '#main/machine/positioned-io.ts'
import { readRegular } from '#main/data/regular-file.ts'
import { importSession } from '#main/store/share.ts'
import type { CliCommand } from '../command.ts'
import { STORE_OPTION, withStore } from '../store-option.ts'

const MOST_BYTES = 2 ** 31

export const importCommand: CliCommand = {
  name: 'import',
  operands: ['FILE'],
  options: { ...STORE_OPTION, json: { type: 'boolean' } },
  summary: 'Takes in a session that export has written.',
  run: (context, options, [name]) => {
    const path = resolve(context.cwd, name!)
    const expected = 'a file that export has written'
    const file = orInputError(path, expected, () => readRegular(path, expected, MOST_BYTES))
    return withStore(
      context,
      options,
      (store) => {
        const session = importSession(store, file, path, {
          onProgress: (share) => context.stderr.write(`${Math.round(100 * share)} % read\n`),
        })
        context.stdout.write(options['json'] === true ? `${JSON.stringify({ session })}\n` : `${session}\n`)
        return 0
      },
      false,
    )
  },
}
