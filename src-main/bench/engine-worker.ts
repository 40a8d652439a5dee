/** Entry point of the process that the engine bench and calibration time: set up as the cloud's, since collection and allocation are part of the time. */
import { comparePasses } from './engine-passes.ts'
import { compareSweeps } from './engine-sweeps.ts'
import { measureWork } from './measured-work.ts'
import { serve } from '#main/workers/serve.ts'
import { endWarmStart } from '#main/workers/warm-start.ts'

if (process.argv[2] === '--warm') endWarmStart()
serve(() => ({ passes: comparePasses, sweeps: compareSweeps, work: measureWork }))
