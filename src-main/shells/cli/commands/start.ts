/** `start`: the lab with its window, in the desktop app where that can be opened and in a browser where not. */
import { join, resolve } from 'node:path'
import { existsSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { loadScenario } from '#main/lab/load-scenario.ts'
import { electronBinary, whyNoDisplay } from '../../electron/binary.ts'
import { runWeb } from '../../web/run-web.ts'
import { builtWindow } from '../../web/window-build.ts'
import manifest from '../../../../package.json' with { type: 'json' }
import type { Command, CommandContext, Options } from '../command.ts'

export const start: Command = {
  name: 'start',
  operands: [],
  options: {
    web: { type: 'boolean' },
    port: { type: 'string', value: 'N' },
    store: { type: 'string', value: 'FILE' },
    data: { type: 'string', value: 'DIR' },
    scenario: { type: 'string', value: 'FILE' },
  },
  summary: 'Opens the lab: the desktop app, or the same window in a browser.',
  async run(context, options) {
    const root = join(context.resources.directory, '..')
    const why = options['web'] === true ? null : whyNoDesktop(root)
    if (why !== null) context.stderr.write(`The desktop app can't be opened: ${why}. The same lab opens in a browser:\n`)
    const directory = await builtWindow(root, () => context.stderr.write('building the window …\n'))
    return runWeb({
      ...labOptions(context, options, root),
      directory,
      port: portOf(options),
      stdout: context.stdout,
      stderr: context.stderr,
    })
  },
}

function whyNoDesktop(root: string): string | null {
  return whyNoDisplay() ?? (electronBinary(root) === null ? "Electron's binary is not here" : null)
}

function labOptions({ resources, cwd }: CommandContext, options: Options, root: string) {
  const { store, data, scenario } = options as { store?: string; data?: string; scenario?: string }
  // What is wrong with it is told here and not in the window.
  if (scenario !== undefined) loadScenario(scenario, [], cwd, resources.directory)
  return {
    resources,
    version: manifest.version,
    cwd,
    dataDirectory: data === undefined ? usualData(cwd, root) : resolve(cwd, data),
    scenarioFile: scenario === undefined ? null : resolve(cwd, scenario),
    storePath: store === undefined ? null : resolve(cwd, store),
  }
}

/** Where the data of the shipped scenarios is looked for: where the user is, or beside the project. */
function usualData(cwd: string, root: string): string {
  const places = [cwd, join(root, '..', 'shared')]
  return places.find((place) => existsSync(join(place, 'data'))) ?? cwd
}

function portOf(options: Options): number | undefined {
  const port = options['port'] as string | undefined
  if (port === undefined) return undefined
  const number = Number(port)
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new InputError('--port', port, 'a number up to 65535')
  return number
}
