import { describe, expect, it } from 'vitest'
import { type VitestReport, closingLine, sum, tally, tallyPlaywright } from '../../tally.ts'

function reportOf(status: 'passed' | 'failed', ...statuses: string[]): VitestReport {
  const assertionResults = statuses.map((each, i) => ({ fullName: ` test ${i}`, status: each }))
  return { testResults: [{ name: '/project/tests/unit/some.test.ts', status, message: '', assertionResults }] }
}

describe('the tally of a test run', () => {
  it('counts passed, failed and skipped tests, and names the skipped', () => {
    const counts = tally(reportOf('failed', 'passed', 'failed', 'skipped', 'passed', 'todo'), 1)
    expect(counts).toEqual({ passed: 2, failed: 1, failures: ['test 1'], skipped: ['test 2', 'test 4'] })
  })

  it('says of each failure which test it was and what was wrong, in one line', () => {
    const report = reportOf('failed', 'passed', 'failed')
    const [file] = report.testResults
    const failed = { fullName: ' one', status: 'failed', failureMessages: ['Error: 1 is not 2\n    at some.test.ts:3', 'another'] }
    expect(tally({ testResults: [{ ...file!, assertionResults: [failed] }] }, 1).failures).toEqual(['one: Error: 1 is not 2'])
    expect(tally({ testResults: [{ ...file!, message: 'no such module\n  at', assertionResults: [] }] }, 1).failures).toEqual([
      '/project/tests/unit/some.test.ts: no such module',
    ])
  })

  it('counts a test that never finished as failed', () => {
    expect(tally(reportOf('failed', 'passed', 'pending'), 1)).toMatchObject({ passed: 1, failed: 1 })
  })

  it('counts a file that could not be loaded as one failure', () => {
    expect(tally(reportOf('failed'), 1)).toMatchObject({ passed: 0, failed: 1 })
  })

  it('counts a process that failed although no test did as one failure', () => {
    expect(tally(reportOf('passed', 'passed'), 1)).toMatchObject({ passed: 1, failed: 1 })
    expect(tally(reportOf('passed', 'passed'), null)).toMatchObject({ passed: 1, failed: 1 })
  })

  it.each([
    ['left no report', null],
    ['found no file', { testResults: [] }],
    ['skipped everything', reportOf('passed', 'skipped')],
  ])('counts a run that %s as one failure, though its process ended well', (_, report) => {
    expect(tally(report, 0)).toMatchObject({ passed: 0, failed: 1 })
  })

  it('closes with one line that leaves out an absence of skips', () => {
    expect(closingLine(sum([tally(reportOf('passed', 'passed'), 0), { passed: 1, failed: 0, failures: [], skipped: [] }]))).toBe(
      '2 passed, 0 failed',
    )
    expect(closingLine({ passed: 3, failed: 1, skipped: ['one', 'two'] })).toBe('3 passed, 1 failed, 2 skipped')
  })
})

describe('the report of the browser tests', () => {
  const one = (status: 'expected' | 'unexpected' | 'flaky' | 'skipped', description?: string) => ({
    title: 'a run',
    tests: [{ projectName: 'web', status, annotations: description ? [{ type: 'skip', description }] : [] }],
  })
  const report = (...specs: ReturnType<typeof one>[]) => ({ suites: [{ suites: [{ specs }], specs: [] }], errors: [] })

  it('counts nested tests, takes a test that only passed again for failed, and says why one was skipped', () => {
    const specs = [one('expected'), one('flaky'), one('unexpected'), one('skipped', 'no binary')]
    expect(tallyPlaywright(report(...specs), 1)).toEqual({
      passed: 1,
      failed: 2,
      failures: ['web: a run', 'web: a run'],
      skipped: ['web: a run: no binary'],
    })
  })

  it('fails where there is none, where nothing ran, and where the process failed although no test did', () => {
    expect(tallyPlaywright(null, 1).failed).toBe(1)
    expect(tallyPlaywright(report(), 0).failed).toBe(1)
    expect(tallyPlaywright(report(one('expected')), 1).failed).toBe(1)
    expect(tallyPlaywright(report(one('expected')), 0)).toEqual({ passed: 1, failed: 0, failures: [], skipped: [] })
  })
})
