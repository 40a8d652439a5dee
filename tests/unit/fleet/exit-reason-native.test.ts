import { expect, test } from 'vitest'
import { exitReason } from '#main/fleet/exit-reason.ts'

const facts = { code: null, signal: 'SIGABRT', stderrTail: '', stoppedByCap: false, capApplied: true }
const unwinder = 'libgcc_s.so.1 must be installed for unwinding to work\n'

test('a process that could not map its unwinder met its cap, if it had one', () => {
  expect(exitReason({ ...facts, stderrTail: unwinder }).kind).toBe('cap-hit')
  expect(exitReason({ ...facts, stderrTail: unwinder, capApplied: false }).kind).toBe('crash')
})

test('a fault right after a refused native allocation is a cap hit, a fault alone is not', () => {
  expect(exitReason({ ...facts, signal: 'SIGSEGV', stderrTail: 'Schema error: std::bad_alloc\n' }).kind).toBe('cap-hit')
  expect(exitReason({ ...facts, signal: 'SIGSEGV' }).kind).toBe('crash')
})
