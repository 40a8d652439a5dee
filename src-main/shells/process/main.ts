/**
 * The lab in a process of its own, started by a shell that computes nothing itself, and ended with it. It runs on Node: native modules and
 * shared memory work there as they are, and whatever happens to it, the shell stays to tell.
 */
import { InputError } from '#shared/errors/input-error.ts'
import { openLab } from '../open-lab.ts'
import type { LabProcessOptions } from './options.ts'
import { toParent } from './child-channel.ts'

// Ctrl-C in a terminal reaches the whole process group; the shell decides when the lab ends.
process.on('SIGINT', () => {})
const options = JSON.parse(process.argv[2]!) as LabProcessOptions
const lab = await openLab({ ...options, shell: 'electron', onBug: (error) => console.error(error) }).catch((error: unknown) => {
  // Its last line is what the shell tells.
  console.error(error instanceof InputError ? error.message : error)
  process.exit(1)
})
const channel = toParent()
channel.onClose(async () => {
  await lab.close()
  process.exit(0)
})
lab.connect(channel)
