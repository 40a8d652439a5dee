/**
 * `npm test`: the checks, then the unit, the integration, the packaging and the browser's tests. Everything runs even when something failed before it. The last line
 * counts the tests and, as one each, the checks; the exit code is 1 if anything failed or no test ran.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DESKTOP, upToDate } from '../src-main/shells/built.ts'
import { type PlaywrightReport, type Tally, type VitestReport, closingLine, sum, tally, tallyPlaywright } from './tally.ts'

const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/** Stripping types anew would take half a second of every process. */
const compileCache = join(projectRoot, 'node_modules/.cache/cooperlab/compile')

/** Scripts of package.json, those in a row one after the other and the rows at once: `types` takes one processor as long as the others together. */
const checks = [['types'], ['format:check', 'lint', 'layers']]
const suites = ['unit', 'integration', 'packaging']

/** Prints a check's output only if it failed. */
async function check(script: string): Promise<Tally> {
  const child = spawn(`npm run --silent ${script}`, { cwd: projectRoot, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [exitCode] = (await once(child, 'close')) as [number | null]
  if (exitCode === 0) return { passed: 1, failed: 0, failures: [], skipped: [] }
  console.log(output.trimEnd())
  return { passed: 0, failed: 1, failures: [script], skipped: [] }
}

/** Packaging builds what others serve: it comes after them, and one file after the other. */
const alone = (folder: string): string[] => (folder === 'packaging' ? ['--no-file-parallelism'] : [])

/** Several suites start what is built; none of them has to wait for another that builds it. */
async function build(): Promise<Tally> {
  try {
    await upToDate(projectRoot, DESKTOP, console.log)
    return { passed: 1, failed: 0, failures: [], skipped: [] }
  } catch (error) {
    console.log((error as Error).message)
    return { passed: 0, failed: 1, failures: ['build'], skipped: [] }
  }
}

/** Vitest prints its files as they end and every failure in full. */
async function suite(folder: string): Promise<Tally> {
  const program = 'node_modules/vitest/vitest.mjs'
  return reported(
    (file) => [program, 'run', `tests/${folder}/`, ...alone(folder), '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    (report: VitestReport | null, exitCode) => tally(report, exitCode),
  )
}

/** The lab in a browser, and in the desktop app where Electron is. */
async function browser(): Promise<Tally> {
  return reported(
    () => ['node_modules/@playwright/test/cli.js', 'test', '--config', 'tests/e2e/playwright.config.ts', '--reporter=list,json'],
    (report: PlaywrightReport | null, exitCode) => tallyPlaywright(report, exitCode),
  )
}

/** @param words of a program for Node that writes its report to `file`, or to where PLAYWRIGHT_JSON_OUTPUT_FILE says */
async function reported<Report>(
  words: (file: string) => string[],
  count: (report: Report | null, exitCode: number | null) => Tally,
): Promise<Tally> {
  const reports = mkdtempSync(join(tmpdir(), 'test-report-'))
  try {
    const file = join(reports, 'report.json')
    const child = spawn(process.execPath, words(file), {
      cwd: projectRoot,
      stdio: 'inherit',
      env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: file, NODE_COMPILE_CACHE: compileCache },
    })
    const [exitCode] = (await once(child, 'close')) as [number | null]
    return count(readReport<Report>(file), exitCode)
  } finally {
    rmSync(reports, { recursive: true })
  }
}

function readReport<Report>(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    return null
  }
}

async function timed(name: string, step: () => Promise<Tally>): Promise<Tally> {
  console.log(`\n== ${name}`)
  const started = performance.now()
  const counts = await step()
  console.log(`== ${name}: ${counts.failed === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return counts
}

const tallies: Tally[] = []
await Promise.all(
  checks.map(async (row) => {
    for (const script of row) tallies.push(await timed(script, () => check(script)))
  }),
)
tallies.push(await timed('build', build))
for (const folder of suites) tallies.push(await timed(`${folder} tests`, () => suite(folder)))
tallies.push(await timed('browser tests', browser))

const total = sum(tallies)
if (total.skipped.length > 0) console.log(`\nSkipped:\n${total.skipped.map((name) => `  ${name}`).join('\n')}`)
if (total.failures.length > 0) console.log(`\nFailed:\n${total.failures.map((name) => `  ${name}`).join('\n')}`)
console.log(`\n${closingLine(total)}`)
process.exitCode = total.failed === 0 ? 0 : 1
