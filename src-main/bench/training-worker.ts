/** Entry point of the process whose memory the memory bench compares a phone's with; under a phone's own flags (see workers/device.ts). */
import { setFlagsFromString } from 'node:v8'

for (const flag of ['--no-opt', '--optimize-for-size']) setFlagsFromString(flag)
const { TrainingProgram } = await import('./training-program.ts')
const { loadRuntime } = await import('#main/workers/runtime.ts')
const { serve } = await import('#main/workers/serve.ts')
const { endWarmStart } = await import('#main/workers/warm-start.ts')

if (process.argv[2] === '--warm') endWarmStart()
await loadRuntime()
serve(({ doing }) => new TrainingProgram(process.argv[2]!, doing))
