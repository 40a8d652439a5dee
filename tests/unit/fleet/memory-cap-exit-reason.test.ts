import { describe, expect, test } from 'vitest'
import { exitReason } from '../../../src-main/fleet/exit-reason.ts'
import { CAP_HIT_EXIT_CODE } from '../../../src-main/workers/allocation-failure.ts'
import type { ExitFacts } from '../../../src-main/fleet/exit-reason.ts'

const ended = (facts: Partial<ExitFacts>) =>
  exitReason({ code: null, signal: null, stderrTail: '', stoppedByCap: false, capApplied: true, ...facts })

// Standard error of Node 24.21 under RLIMIT_DATA, shortened.
const semiSpace = `
<--- Last few GCs --->

FATAL ERROR: Committing semi space failed. Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0x931db0  [node]`
const worklist = `

#
# Fatal process out of memory: Worklist::Segment::Create
#
----- Native stack trace -----`
const arrayBuffer = 'FATAL ERROR: v8::ArrayBuffer::New Allocation failed - process out of memory\n'
const ownLimit = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n'
const badAlloc = "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n"
const uncaughtRefusal = `/worker.js:1
new Uint8Array(1e9)
^

RangeError: Array buffer allocation failed
    at new ArrayBuffer (<anonymous>)

Node.js v24.21.0`

describe('a worker under a cap', () => {
  test('that leaves with the reserved code met its cap', () => {
    expect(CAP_HIT_EXIT_CODE).toBe(77)
    expect(ended({ code: 77 })).toEqual({ kind: 'cap-hit', words: 'reached its cap (an allocation was refused)' })
  })

  test('that the mechanism stopped met its cap, whatever the system calls that', () => {
    expect(ended({ signal: 'SIGKILL', stoppedByCap: true }).kind).toBe('cap-hit')
    expect(ended({ code: 1, stoppedByCap: true }).kind).toBe('cap-hit')
  })

  test.for([
    ['SIGABRT', semiSpace],
    ['SIGTRAP', worklist],
    ['SIGABRT', arrayBuffer],
  ] as const)('that V8 ended with %s met its cap', ([signal, stderrTail]) => {
    expect(ended({ signal, stderrTail })).toEqual({ kind: 'cap-hit', words: 'reached its cap (V8 could not grow its heap)' })
  })

  test('that V8 ended where there are no signals met its cap', () => {
    expect(ended({ code: 134, stderrTail: semiSpace }).kind).toBe('cap-hit')
    expect(ended({ code: 0x80000003, stderrTail: worklist }).kind).toBe('cap-hit')
  })

  test('that native code ended with bad_alloc met its cap', () => {
    expect(ended({ signal: 'SIGABRT', stderrTail: badAlloc })).toEqual({
      kind: 'cap-hit',
      words: 'reached its cap (native code could not allocate)',
    })
  })

  test('that did not catch a refused allocation met its cap', () => {
    expect(ended({ code: 1, stderrTail: uncaughtRefusal }).kind).toBe('cap-hit')
  })

  test("that filled V8's own heap limit did not meet its cap", () => {
    expect(ended({ signal: 'SIGABRT', stderrTail: ownLimit })).toMatchObject({ kind: 'v8-out-of-memory' })
  })

  test('that a stranger killed did not meet its cap', () => {
    expect(ended({ signal: 'SIGKILL' })).toEqual({ kind: 'killed', words: 'was killed (SIGKILL)' })
    expect(ended({ signal: 'SIGTERM' }).kind).toBe('killed')
  })

  test('that faulted did not meet its cap, even after an allocation failure it had caught and logged', () => {
    expect(ended({ signal: 'SIGSEGV', stderrTail: 'caught RangeError: Array buffer allocation failed\n' })).toEqual({
      kind: 'crash',
      words: 'crashed (SIGSEGV)',
    })
    expect(ended({ code: 0xc0000005 })).toEqual({ kind: 'crash', words: 'crashed (0xc0000005)' })
    expect(ended({ code: -1073741819 })).toEqual({ kind: 'crash', words: 'crashed (0xc0000005)' })
  })

  test('that failed with another error says which, by the last error it printed', () => {
    const stderrTail =
      'RangeError: Array buffer allocation failed\nretried\nTypeError: x is not a function\n    at worker.js:1\n\nNode.js v24.21.0\n'
    expect(ended({ code: 1, stderrTail })).toEqual({ kind: 'crash', words: 'failed (TypeError: x is not a function)' })
  })

  test('that leaves by itself exits', () => {
    expect(ended({ code: 0 })).toEqual({ kind: 'exit', words: 'finished' })
    expect(ended({ code: 0, stoppedByCap: true }).kind).toBe('exit')
    expect(ended({ code: 3 })).toEqual({ kind: 'exit', words: 'left with code 3' })
  })
})

describe('a worker without a cap', () => {
  test.for([
    ['the reserved code', { code: 77 }, 'crash'],
    ['a dead heap', { signal: 'SIGABRT', stderrTail: semiSpace }, 'v8-out-of-memory'],
    ['bad_alloc', { signal: 'SIGABRT', stderrTail: badAlloc }, 'crash'],
    ['an uncaught refusal', { code: 1, stderrTail: uncaughtRefusal }, 'crash'],
    ['a kill', { signal: 'SIGKILL', stoppedByCap: true }, 'killed'],
  ] as const)('never hits it: %s', ([, facts, kind]) => {
    const reason = ended({ ...facts, capApplied: false })
    expect(reason.kind).toBe(kind)
    expect(reason.words).not.toMatch(/\bcap\b/)
  })
})
