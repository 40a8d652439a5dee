/** Entry point of the cloud role's process. */
import { readFileSync } from 'node:fs'
import { CloudProgram } from './cloud-program.ts'
import { loadRuntime } from './runtime.ts'
import { serve } from './serve.ts'
import { endWarmStart } from './warm-start.ts'

// A start without work only fills the compile cache (see fleet/compile-cache.ts).
if (process.argv[2] === '--warm') endWarmStart()
const kernels = readFileSync(process.argv[2]!)
await loadRuntime()
serve(({ doing }) => new CloudProgram(kernels, doing))
