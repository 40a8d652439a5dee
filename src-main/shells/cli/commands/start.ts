/** `start`: the lab with its window, in the desktop app where that can be opened and in a browser where not. */
import { join, resolve } from 'node:path'
import { existsSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { loadScenario } from '#main/reading/load-scenario.ts'
import { WINDOW, upToDate } from '../../built.ts'
import { electronBinary, fetchElectron } from '../../electron/binary.ts'
import { type DesktopEnd, runDesktop } from '../../electron/run-desktop.ts'
import { whyNoDisplay, whyNoWindow } from '../../electron/why-no-window.ts'
import type { LabOptions } from '../../open-lab.ts'
import { runWeb } from '../../web/run-web.ts'
import manifest from '../../../../package.json' with { type: 'json' }
import type { CliCommand, CommandContext, Options } from '../command.ts'

export const start: CliCommand = {
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
    const desktop = options['web'] === true ? null : await openDesktop(root, context.cwd, lab, say)
    if (desktop !== null && 'code' in desktop) return desktop.code
    if (desktop !== null) say(`The desktop app can't be opened: ${desktop.why}. The same lab opens in a browser:`)
    await upToDate(root, WINDOW, say)
    const directory = join(root, 'out', 'renderer')
    return runWeb({ ...lab, faults, resources, version: manifest.version, directory, port: portOf(options), stdout, stderr })
  },
}

type Lab = Pick<LabOptions, 'cwd' | 'dataDirectory' | 'storePath' | 'scenarioFile'>

/**
 * Opens the desktop app and waits until it is closed, or returns as a clause why it can't be opened. Electron's binary is fetched if it isn't here
 * and can be.
 */
async function openDesktop(root: string, cwd: string, lab: Lab, say: (words: string) => void): Promise<DesktopEnd> {
  const noDisplay = await whyNoDisplay()
  if (noDisplay !== null) return { why: noDisplay }
  const binary = electronBinary(root) ?? (await fetchElectron(root, say))
  if (binary === null) return { why: "Electron's binary is not here and could not be downloaded" }
  const why = await whyNoWindow(binary)
  if (why !== null) return { why }
  const words = { scenario: lab.scenarioFile, store: lab.storePath, data: lab.dataDirectory, files: [], smoke: false }
  return runDesktop({ root, binary, words, cwd, say })
}

function labOptions({ resources, cwd }: CommandContext, options: Options, root: string): Lab {
  const { store, data, scenario } = options as { store?: string; data?: string; scenario?: string }
  // An error in the scenario is reported here and not in the window.
  if (scenario !== undefined) loadScenario(scenario, [], cwd, resources.directory)
  return {
    cwd,
    dataDirectory: data === undefined ? usualData(cwd, root) : resolve(cwd, data),
    scenarioFile: scenario === undefined ? null : resolve(cwd, scenario),
    storePath: store === undefined ? null : resolve(cwd, store),
  }
}

/** Returns the folder in which data of the shipped scenarios is looked for: where the user is, or beside the project. */
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
