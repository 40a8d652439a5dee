// Entry of the WASM SIMD kernels: what the host may call. Addresses are bytes in the imported memory.
export { addGaussian, dotGaussian } from './gaussian'
export { addRademacher, dotRademacher } from './rademacher'
export { axpy, scale, dot } from './vector'
export { adam } from './adam'
export { halfToFloat, bfloat16ToFloat, int8ToFloat } from './widen'
export { quantise, dequantiseAdd } from './packed'
