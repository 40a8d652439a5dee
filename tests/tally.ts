/** Counts of one test run, from Vitest's JSON report and the way its process ended. */

/** What is read of Vitest's JSON report. */
export interface VitestReport {
  testResults: readonly {
    /** Absolute path of the test file. */
    name: string
    status: string
    message: string
    assertionResults: readonly { fullName: string; status: string; failureMessages?: readonly string[] }[]
  }[]
}

export interface Tally {
  passed: number
  failed: number
  /** Full names with the first line of what was wrong; fewer than `failed` where only a process tells of it. */
  failures: string[]
  /** Full names; a test that is skipped says why in its name. */
  skipped: string[]
}

export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, { passed }) => total + passed, 0),
    failed: tallies.reduce((total, { failed }) => total + failed, 0),
    failures: tallies.flatMap(({ failures }) => failures),
    skipped: tallies.flatMap(({ skipped }) => skipped),
  }
}

/**
 * Tests that never finished count as failed. So does, once each, a file that failed outside its tests, a process that failed although
 * no test did, a run of no test at all, and a run that left no report (`null`).
 */
export function tally(report: VitestReport | null, exitCode: number | null): Tally {
  const files = (report?.testResults ?? []).map(({ name, status, message, assertionResults }): Tally => {
    const passed = assertionResults.filter((test) => test.status === 'passed').length
    const skipped = assertionResults.filter((test) => test.status === 'skipped' || test.status === 'todo')
    const failed = assertionResults.filter((test) => !['passed', 'skipped', 'todo'].includes(test.status))
    const failures = failed.map(({ fullName, failureMessages }) => failure(fullName, failureMessages?.[0]))
    if (failed.length === 0 && status === 'failed') failures.push(failure(name, message))
    return {
      passed,
      failed: failures.length,
      failures,
      skipped: skipped.map(({ fullName }) => fullName.trim()),
    }
  })
  const total = sum(files)
  const ranNothing = total.passed + total.failed === 0
  return total.failed === 0 && (exitCode !== 0 || ranNothing) ? { ...total, failed: 1 } : total
}

function failure(name: string, words = ''): string {
  return [name.trim(), words.split('\n')[0]!.trim()].filter((part) => part !== '').join(': ')
}

export function closingLine({ passed, failed, skipped }: Omit<Tally, 'failures'>): string {
  return `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`
}

/** What is read of Playwright's JSON report. */
export interface PlaywrightReport {
  readonly suites: readonly PlaywrightSuite[]
  readonly errors: readonly { readonly message?: string }[]
}

export interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[]
  readonly specs: readonly {
    readonly title: string
    readonly tests: readonly {
      readonly projectName: string
      readonly status: 'expected' | 'unexpected' | 'flaky' | 'skipped'
      readonly annotations: readonly { readonly type: string; readonly description?: string }[]
      readonly results?: readonly { readonly error?: { readonly message?: string } }[]
    }[]
  }[]
}

/** Of the tests in a browser: one that only passed when it was repeated has failed, and a report that isn't there is a failure. */
export function tallyPlaywright(report: PlaywrightReport | null, exitCode: number | null): Tally {
  const tests = (report?.suites ?? []).flatMap(testsOf)
  const failures = tests
    .filter(({ status }) => status === 'unexpected' || status === 'flaky')
    .map(({ name, results }) => failure(name, results?.find(({ error }) => error)?.error?.message))
  const skipped = tests
    .filter(({ status }) => status === 'skipped')
    .map(({ name, annotations }) => [name, annotations.find(({ type }) => type === 'skip')?.description].filter(Boolean).join(': '))
  const passed = tests.filter(({ status }) => status === 'expected').length
  const silent = failures.length === 0 && (exitCode !== 0 || passed + skipped.length === 0 || (report?.errors.length ?? 0) > 0)
  return { passed, failed: silent ? 1 : failures.length, failures, skipped }
}

type NamedTest = PlaywrightSuite['specs'][number]['tests'][number] & { readonly name: string }

function testsOf({ suites = [], specs }: PlaywrightSuite): NamedTest[] {
  const own = specs.flatMap(({ title, tests }) => tests.map((test) => ({ ...test, name: `${test.projectName}: ${title}` })))
  return [...own, ...suites.flatMap(testsOf)]
}
