/**
 * `npm run package:check`: whether packaged apps hold what they should and nothing else, and whether the lab in each of them runs the quickstart.
 *
 *     npm run package:check                        what `npm run package` left in out/packages
 *     npm run package:check -- /opt/CooperLab      an app that is installed, or any package (AppImage, deb, unpacked folder, .app)
 *     npm run package:check -- --stand-in          packages first, on Linux, with stand-ins for what electron-builder downloads
 *
 * `--dir` with `--stand-in` stops at the unpacked app, `--rounds N` shortens the quickstart. 0: all is well, 1: not, with one line for each fault.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PACKAGED_LAB, DESKTOP, upToDate } from '#main/shells/built.ts'
import { packageWithStandIns } from './build.ts'
import { contentProblems } from './contents.ts'
import { fuseProblems } from './fuses.ts'
import { megabytes, sizeOf } from './size.ts'
import { type App, appsIn, unpack } from './unpack.ts'
import { runQuickstart } from './quickstart.ts'

const root = join(import.meta.dirname, '..', '..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'stand-in': { type: 'boolean' }, dir: { type: 'boolean' }, rounds: { type: 'string' } },
})
const rounds = values.rounds === undefined ? null : Number(values.rounds)
const temporary = mkdtempSync(join(tmpdir(), 'cooperlab-packages-'))
const faults: string[] = []

async function packages(): Promise<string[]> {
  if (positionals.length > 0) return positionals.map((path) => resolve(path))
  if (values['stand-in'] !== true) return appsIn(join(root, 'out', 'packages'))
  for (const build of [DESKTOP, PACKAGED_LAB]) await upToDate(root, build, console.log)
  return appsIn(packageWithStandIns(root, temporary, values.dir === true ? 'dir' : 'installers'))
}

async function check(path: string): Promise<void> {
  const app: App = unpack(path, mkdtempSync(join(temporary, 'app-')), root)
  const problems = [...contentProblems(app.resources, process), ...app.problems, ...(await fuseProblems(app))]
  faults.push(...problems.map((problem) => `${path}: ${problem}`))
  const { cap, rounds: ran, accuracy } = await runQuickstart(app.resources, mkdtempSync(join(temporary, 'home-')), rounds)
  const [whole, lab, asar] = [path, join(app.resources, 'lab'), join(app.resources, 'app.asar')].map((place) => megabytes(sizeOf(place)))
  console.log(`${path}: ${whole}, of it unpacked ${lab} lab and ${asar} window and main process`)
  console.log(`  quickstart: ${ran} rounds, accuracy ${accuracy.toFixed(3)}, cap by ${cap}`)
}

try {
  const found = await packages()
  if (found.length === 0) faults.push('there is no package in out/packages; npm run package makes them')
  for (const path of found) {
    if (!existsSync(path)) faults.push(`${path} is not there`)
    else await check(path).catch((error: unknown) => faults.push(`${path}: ${(error as Error).message}`))
  }
} catch (error) {
  faults.push((error as Error).message)
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
}
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1
