/** Entry point of the process that reads files of others: it runs one job after another and may be ended in the middle of any. */
import { endWithParent } from '#main/machine/end-with-parent.ts'
import { serve } from '#main/workers/serve.ts'
import { endWarmStart } from '#main/workers/warm-start.ts'
import { type JobInput, type JobName, type JobOutput, jobs } from './jobs.ts'

export interface ReaderCommands {
  run<Name extends JobName>(name: Name, input: JobInput<Name>): Promise<JobOutput<JobName>>
}

// Started once without work so that the stripped sources are in the compile cache (see fleet/compile-cache.ts).
if (process.argv[2] === '--warm') endWarmStart()
await endWithParent()
serve<ReaderCommands>(
  ({ doing }) => ({
    async run(name, input) {
      const job = await jobs[name]()
      return job(input as never, doing)
    },
  }),
  // A file that holds the process up must not answer for it, nor keep Ctrl-C from ending it.
  { answersForLife: false, ignoresInterrupts: false },
)
