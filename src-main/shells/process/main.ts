/**
 * The lab in a process of its own, started by a shell that computes nothing itself, and ended with it. It runs on Node: native modules and
 * shared memory work there as they are, and whatever happens to it, the shell stays to tell.
 */
import { fromForeignBytes } from '#shared/api/wire.ts'
import { isFault } from '#shared/errors/fault.ts'
import { openFaultLog } from '#main/lab/fault-log.ts'
import { leaveEndToParent } from '#main/machine/end-signals.ts'
import { sweepScratch } from '#main/machine/scratch.ts'
import { openLab } from '../open-lab.ts'
import { surviveClosedStreams } from '../standard-streams.ts'
import { faultLogPath } from '../store-path.ts'
import type { LabProcessOptions } from './options.ts'
import { pipeChannel, pipeToShell } from './pipe-channel.ts'

// A signal from a terminal reaches the shell as well, which decides when the lab ends.
leaveEndToParent()
surviveClosedStreams()
const options = JSON.parse(process.argv[2]!) as LabProcessOptions
const faults = openFaultLog(faultLogPath(), `lab ${options.version}, Node ${process.version}, ${process.platform}, electron`)
const fail = (error: unknown): never => {
  // The shell shows the last line of this process to the user.
  console.error(isFault(error) ? faults.tell(error) : (error as Error).message)
  process.exit(1)
}
process.on('uncaughtException', fail)
sweepScratch(options.resources.scratch)
const pipe = pipeToShell()
const lab = await openLab({ ...options, shell: 'electron', faults, onFault: (words) => console.error(words) }).catch(fail)
const channel = pipeChannel(pipe, {
  read: fromForeignBytes,
  onBroken: (words) => console.error(`the shell's pipe: ${words}`),
  holdsBack: true,
})
let ending = false
async function end(): Promise<void> {
  if (ending) return
  ending = true
  await lab.close().finally(() => process.exit(0))
}
channel.onClose(() => void end())
process.on('SIGTERM', () => void end())
lab.connect(channel)
