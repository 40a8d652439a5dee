/** The entry point of a phone's process. */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'

// A phone's JavaScript only hands arrays to native code, so V8's optimising compiler is switched off: it would take 6 MB of the phone, and V8's caches
// 2 more. The flags must be set before anything else is loaded, since loading modules already starts the compiler. WebAssembly is still optimised.
for (const flag of ['--no-opt', '--optimize-for-size']) setFlagsFromString(flag)
const { PhoneProgram } = await import('./phone-program.ts')
const { loadRuntime } = await import('./runtime.ts')
const { serve } = await import('./serve.ts')
const { endWarmStart } = await import('./warm-start.ts')

// A start without work only fills the compile cache (see fleet/compile-cache.ts).
if (process.argv[2] === '--warm') endWarmStart()
const kernels = readFileSync(process.argv[2]!)
await loadRuntime()
serve(({ doing }) => new PhoneProgram(kernels, doing))
