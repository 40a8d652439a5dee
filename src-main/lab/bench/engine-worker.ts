/** Entry point of the process that the engine bench times: set up as the cloud's, since collection and allocation are part of the time. */
import { comparePasses } from './engine-passes.ts'
import { compareSweeps } from './engine-sweeps.ts'
import { serve } from '#main/workers/serve.ts'

if (process.argv[2] === '--warm') process.exit(0)
serve(() => ({ passes: comparePasses, sweeps: compareSweeps }))
