/** Entry point of a phone's process. */
import { readFileSync } from 'node:fs'
import { PhoneProgram } from './phone-program.ts'
import { loadRuntime } from './runtime.ts'
import { serve } from './serve.ts'

const kernels = readFileSync(process.argv[2]!)
await loadRuntime()
serve(({ doing }) => new PhoneProgram(kernels, doing))
