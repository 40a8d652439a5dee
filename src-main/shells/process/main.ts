/**
 * The lab in a process of its own, started by a shell that computes nothing itself, and ended with it. It runs on Node: native modules and
 * shared memory work there as they are, and whatever happens to it, the shell stays to tell.
 */
import { InputError } from '#shared/errors/input-error.ts'
import { leaveEndToParent } from '#main/machine/end-signals.ts'
import { sweepScratch } from '#main/machine/scratch.ts'
import { openLab } from '../open-lab.ts'
import { surviveClosedStreams } from '../standard-streams.ts'
import type { LabProcessOptions } from './options.ts'
import { toParent } from './child-channel.ts'

// What ends all processes of a terminal reaches the shell as well, which decides when the lab ends.
leaveEndToParent()
surviveClosedStreams()
const options = JSON.parse(process.argv[2]!) as LabProcessOptions
sweepScratch(options.resources.scratch)
const lab = await openLab({ ...options, shell: 'electron', onBug: (error) => console.error(error) }).catch((error: unknown) => {
  // Its last line is what the shell tells.
  console.error(error instanceof InputError ? error.message : error)
  process.exit(1)
})
const channel = toParent()
let ending = false
async function end(): Promise<void> {
  if (ending) return
  ending = true
  await lab.close().finally(() => process.exit(0))
}
channel.onClose(() => void end())
process.on('SIGTERM', () => void end())
lab.connect(channel)
