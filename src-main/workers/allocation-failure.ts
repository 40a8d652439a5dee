/**
 * Recognises errors that mean that memory was refused. A worker that catches one exits with `CAP_HIT_EXIT_CODE`, so that its parent can tell a phone
 * that met its cap from one with a bug.
 */

// Worded by V8 (typed arrays, WebAssembly, structured clone, heap of a thread), Node, the C++ library and ONNX Runtime, measured
// under RLIMIT_DATA. A negative typed array length is a bug and must not match.
const wordings =
  /Array buffer allocation failed|Invalid typed array length: [1-9]|Unable to grow instance memory|could not allocate memory|Failed to allocate memory|Cannot allocate memory|\bbad_alloc\b|\bout of memory\b/i

const codes = new Set(['ERR_MEMORY_ALLOCATION_FAILED', 'ERR_WORKER_OUT_OF_MEMORY', 'ENOMEM'])

/** The exit code of a worker that caught an allocation failure itself; it must have no other meaning. */
export const CAP_HIT_EXIT_CODE = 77

/** Returns true for an allocation failure, and for an error that one caused. */
export function isAllocationFailure(error: unknown): boolean {
  for (let link = error, depth = 0; typeof link === 'object' && link !== null && depth < 8; depth++) {
    const { message, code, cause } = link as { message?: unknown; code?: unknown; cause?: unknown }
    if (typeof code === 'string' && codes.has(code)) return true
    if (typeof message === 'string' && wordings.test(message)) return true
    link = cause
  }
  return typeof error === 'string' && wordings.test(error)
}
