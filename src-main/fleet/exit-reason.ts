/** Classifies how a worker process ended: an exit is not a crash, and a phone that met its memory cap is neither. */
import type { EndReason } from '#shared/events/reasons.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { CAP_HIT_EXIT_CODE, isAllocationFailure } from '#main/workers/allocation-failure.ts'

export interface ExitFacts {
  /** The exit code; null if a signal ended the process. */
  code: number | null
  signal: string | null
  /** The end of the process's standard error, of at least 16 kB, since V8 prints its reason before a long native stack. */
  stderrTail: string
  /** Whether the mechanism itself stopped the process, by `AppliedCap.stoppedByCap()`. */
  stoppedByCap: boolean
  /** True if a cap was in force. Without one nothing is a cap hit. */
  capApplied: boolean
  /** The seconds without a sign of life after which the lab stopped it. @default the lab didn't stop it for that */
  hungSeconds?: number | null
}

export interface ExitReason {
  /**
   * `exit`: the process left by itself. `cap-hit`: it met its memory cap. `v8-out-of-memory`: V8's own heap limit ended it. `crash`: a fault or an
   * uncaught error. `killed`: something outside ended it. `hang`: it gave no sign of life. `garbage`: its answer was unreadable.
   */
  kind: EndReason
  /** A clause to follow "phone 3", e.g. `reached its cap (V8 could not grow its heap)`. */
  words: string
}

// V8 and Node name their reasons on these lines; "heap limit" is V8's own (--max-old-space-size), not the system's refusal.
const v8Death = /^(?:FATAL ERROR: .*(?:out of memory|allocation failed)|# Fatal (?:process|JavaScript) out of memory)/im
const v8OwnLimit = /^FATAL ERROR: .*heap limit/im
const nativeDeath = /\bstd::bad_alloc\b|^memory allocation of \d+ bytes failed/m
// Rust tells where a panic was and then why.
const rustPanic = /\bpanicked at [^\n]*:\n([^\n]+)/
// glibc prints this when it can't map its unwinder, as measured under RLIMIT_DATA. Without a cap the message may be true.
const unwinderDeath = /^libgcc_s\.so\.1 must be installed/m
const errorLine = /^(?:Uncaught )?(\w*(?:Error|Exception)\b.*)$/gm

const outsideSignals = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])

export function exitReason({ code, signal, stderrTail, stoppedByCap, capApplied, hungSeconds = null }: ExitFacts): ExitReason {
  if (hungSeconds !== null) return { kind: 'hang', words: `gave no sign of life for ${hungSeconds} s and was stopped` }
  if (code === 0) return { kind: 'exit', words: 'finished' }

  const outOfMemory = (how: string): ExitReason =>
    capApplied ? { kind: 'cap-hit', words: `reached its cap (${how})` } : { kind: 'crash', words: `ran out of memory (${how})` }
  if (code === CAP_HIT_EXIT_CODE) return outOfMemory(refusedAllocation(stderrTail))
  if (stoppedByCap && capApplied) return { kind: 'cap-hit', words: 'went past its cap and was stopped' }

  if (v8OwnLimit.test(stderrTail)) return { kind: 'v8-out-of-memory', words: 'filled the JavaScript heap up to its own limit' }
  if (v8Death.test(stderrTail)) {
    const reason = outOfMemory('V8 could not grow its heap')
    return capApplied ? reason : { ...reason, kind: 'v8-out-of-memory' }
  }
  // A Node that is out of memory dies by SIGABRT, or with code 134 where the system has no signals, or by SIGSEGV if nothing checked a null pointer.
  const native = nativeDeath.test(stderrTail) || (capApplied && unwinderDeath.test(stderrTail))
  if (native && (signal === 'SIGABRT' || signal === 'SIGSEGV' || code === 134)) return outOfMemory('native code could not allocate')

  const panic = rustPanic.exec(stderrTail)?.[1]
  if (panic !== undefined && (signal === 'SIGABRT' || code === 134)) return { kind: 'crash', words: `gave up (${panic.slice(0, 200)})` }

  if (signal !== null && outsideSignals.has(signal)) return { kind: 'killed', words: `was killed (${signal})` }
  if (signal !== null) return { kind: 'crash', words: `crashed (${signal})` }
  if (code === null) return { kind: 'crash', words: 'ended without a code or a signal' }
  // A fault on Windows is an NTSTATUS with its top bit set.
  if (code < 0 || code >= 0x8000_0000) return { kind: 'crash', words: `crashed (0x${(code >>> 0).toString(16)})` }

  const uncaught = lastErrorLine(stderrTail)
  // Code 7 means that the worker's own handler of uncaught errors threw again. https://nodejs.org/api/process.html#exit-codes
  if ((code === 1 || code === 7) && uncaught !== null) {
    return isAllocationFailure(uncaught)
      ? outOfMemory('an allocation was refused and nobody caught it')
      : { kind: 'crash', words: `failed (${uncaught.slice(0, 200)})` }
  }
  return { kind: 'exit', words: `left with code ${code}` }
}

/** Returns words for how much memory was refused, which ONNX Runtime tells and V8 doesn't. */
function refusedAllocation(stderrTail: string): string {
  const wanted = /requested buffer of size (\d+)/.exec(stderrTail)?.[1]
  return wanted === undefined ? 'an allocation was refused' : `an allocation of ${formatBytes(Number(wanted))} was refused`
}

function lastErrorLine(text: string): string | null {
  return [...text.matchAll(errorLine)].at(-1)?.[1] ?? null
}
