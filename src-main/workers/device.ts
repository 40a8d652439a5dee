/** The entry point of a phone's process. */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'

// A phone's JavaScript only hands arrays to native code; the optimising compiler for it would take 6 MB of the phone and V8's caches 2
// more. Set before anything else is loaded, since loading modules is enough to wake the compiler. WebAssembly is optimised all the same.
for (const flag of ['--no-opt', '--optimize-for-size']) setFlagsFromString(flag)
const { PhoneProgram } = await import('./phone-program.ts')
const { loadRuntime } = await import('./runtime.ts')
const { serve } = await import('./serve.ts')
const { endWarmStart } = await import('./warm-start.ts')

// Started once without work so that the stripped sources are in the compile cache (see fleet/compile-cache.ts).
if (process.argv[2] === '--warm') endWarmStart()
const kernels = readFileSync(process.argv[2]!)
await loadRuntime()
serve(({ doing }) => new PhoneProgram(kernels, doing))
