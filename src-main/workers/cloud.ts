/** Entry point of the cloud role's process. */
import { readFileSync } from 'node:fs'
import { CloudProgram } from './cloud-program.ts'
import { loadRuntime } from './runtime.ts'
import { serve } from './serve.ts'

const kernels = readFileSync(process.argv[2]!)
await loadRuntime()
serve(({ doing }) => new CloudProgram(kernels, doing))
