import { describe, expect, test } from 'vitest'
import { isAllocationFailure } from '../../../src-main/workers/allocation-failure.ts'

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('isAllocationFailure', () => {
  test('knows what this V8 throws when it is asked for far too much', () => {
    expect(isAllocationFailure(thrownBy(() => new ArrayBuffer(2 ** 52)))).toBe(true)
    expect(isAllocationFailure(thrownBy(() => new Float64Array(2 ** 52)))).toBe(true)
  })

  test.for([
    new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory'),
    new RangeError('WebAssembly.Memory(): could not allocate memory'),
    new Error('Non-zero status code returned while running Gemm node. Failed to allocate memory for requested buffer of size 1048576'),
    new Error('std::bad_alloc'),
    new Error('pthread_create failed, error code: 12 error msg: Cannot allocate memory'),
    new DOMException('Data cannot be cloned, out of memory.', 'DataCloneError'),
    Object.assign(new RangeError('no memory'), { code: 'ERR_MEMORY_ALLOCATION_FAILED' }),
    Object.assign(new Error('spawn'), { code: 'ENOMEM' }),
    new Error('layer 3 failed', { cause: new Error('forward failed', { cause: new RangeError('Array buffer allocation failed') }) }),
    'Error: bad_alloc',
  ])('is true for %s', (error) => {
    expect(isAllocationFailure(error)).toBe(true)
  })

  test.for([
    thrownBy(() => new Float32Array(-1)),
    new RangeError('Maximum call stack size exceeded'),
    new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded'),
    new TypeError('x is not a function'),
    Object.assign(new Error('open'), { code: 'ENOENT' }),
    { message: 7, code: 12 },
    null,
    undefined,
    77,
  ])('is false for %s', (error) => {
    expect(isAllocationFailure(error)).toBe(false)
  })

  test('ends on an error that is its own cause', () => {
    const error = new Error('loop')
    error.cause = error
    expect(isAllocationFailure(error)).toBe(false)
  })
})
