import { describe, expect, it } from 'vitest'
import { type VitestReport, closingLine, sum, tally } from '../../tally.ts'

function reportOf(status: 'passed' | 'failed', ...statuses: string[]): VitestReport {
  const assertionResults = statuses.map((each, i) => ({ fullName: ` test ${i}`, status: each }))
  return { testResults: [{ name: '/project/tests/unit/some.test.ts', status, message: '', assertionResults }] }
}

describe('the tally of a test run', () => {
  it('counts passed, failed and skipped tests, and names the skipped', () => {
    const counts = tally(reportOf('failed', 'passed', 'failed', 'skipped', 'passed', 'todo'), 1)
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: ['test 2', 'test 4'] })
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
    expect(closingLine(sum([tally(reportOf('passed', 'passed'), 0), { passed: 1, failed: 0, skipped: [] }]))).toBe('2 passed, 0 failed')
    expect(closingLine({ passed: 3, failed: 1, skipped: ['one', 'two'] })).toBe('3 passed, 1 failed, 2 skipped')
  })
})
