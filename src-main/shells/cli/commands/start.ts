/** `start`: the lab with its window, in the desktop app where that can be opened and in a browser where not. */
import { join, resolve } from 'node:path'
import { existsSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { loadScenario } from '#main/lab/load-scenario.ts'
import { WINDOW, upToDate } from '../../built.ts'
import { electronBinary, fetchElectron, whyNoDisplay } from '../../electron/binary.ts'
import { type StartOptions, runDesktop } from '../../electron/run-desktop.ts'
import { runWeb } from '../../web/run-web.ts'
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
    const { resources, stdout, stderr, faults } = context
    const root = join(resources.directory, '..')
    const lab = labOptions(context, options, root)
    const say = (words: string): void => void stderr.write(`${words}\n`)
    const desktop = options['web'] === true ? null : await findDesktop(root, say)
    if (desktop !== null && 'binary' in desktop) return runDesktop(root, desktop.binary, lab, say)
    if (desktop !== null) say(`The desktop app can't be opened: ${desktop.why}. The same lab opens in a browser:`)
    await upToDate(root, WINDOW, say)
    const directory = join(root, 'out', 'renderer')
    return runWeb({ ...lab, faults, resources, version: manifest.version, directory, port: portOf(options), stdout, stderr })
  },
}

/** Electron's binary, fetched if it isn't here and can be, or why there is none. */
async function findDesktop(root: string, say: (words: string) => void): Promise<{ binary: string } | { why: string }> {
  const why = whyNoDisplay()
  if (why !== null) return { why }
  const binary = electronBinary(root) ?? (await fetchElectron(root, say))
  return binary === null ? { why: "Electron's binary is not here and could not be downloaded" } : { binary }
}

function labOptions({ resources, cwd }: CommandContext, options: Options, root: string): StartOptions {
  const { store, data, scenario } = options as { store?: string; data?: string; scenario?: string }
  // What is wrong with it is told here and not in the window.
  if (scenario !== undefined) loadScenario(scenario, [], cwd, resources.directory)
  return {
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
