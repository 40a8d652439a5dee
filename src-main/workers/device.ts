/** Entry point of a phone's process. */
import { readFileSync } from 'node:fs'
import { PhoneProgram } from './phone-program.ts'
import { loadRuntime } from './runtime.ts'
import { serve } from './serve.ts'

// Started once without work so that the stripped sources are in the compile cache (see fleet/compile-cache.ts).
if (process.argv[2] === '--warm') process.exit(0)
const kernels = readFileSync(process.argv[2]!)
await loadRuntime()
serve(({ doing }) => new PhoneProgram(kernels, doing))
