/** Entry point of a phone's process. */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { PhoneProgram } from './phone-program.ts'
import { loadRuntime } from './runtime.ts'
import { serve } from './serve.ts'

// A phone's JavaScript hands arrays to native code; the compiler that would make its loops faster takes 6 MB of the phone, and V8's
// caches another 2. Kernels are WebAssembly, which is optimised all the same.
for (const flag of ['--no-opt', '--optimize-for-size']) setFlagsFromString(flag)
// Started once without work so that the stripped sources are in the compile cache (see fleet/compile-cache.ts).
if (process.argv[2] === '--warm') process.exit(0)
const kernels = readFileSync(process.argv[2]!)
await loadRuntime()
serve(({ doing }) => new PhoneProgram(kernels, doing))
