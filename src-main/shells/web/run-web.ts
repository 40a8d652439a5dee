/** The web shell from its start until it is asked to end. */
import { onEndSignal } from '#main/machine/end-signals.ts'
import { openLab } from '../open-lab.ts'
import type { LabOptions } from '../open-lab.ts'
import { openWebShell } from './server.ts'

interface WebOptions extends Omit<LabOptions, 'shell' | 'onFault'> {
  /** The folder of the built window. */
  readonly directory: string
  readonly port?: number | undefined
  readonly stderr: { write(text: string): unknown }
  readonly stdout: { write(text: string): unknown }
}

/** Asked once, e.g. with Ctrl-C, it ends sessions after the round they are in, asked twice it ends at once. @returns the exit code */
export async function runWeb({ directory, port, stderr, stdout, ...options }: WebOptions): Promise<number> {
  const lab = await openLab({
    ...options,
    shell: 'web',
    onFault: (words) => void stderr.write(`error: ${words}\n`),
  })
  try {
    const shell = await openWebShell({
      directory,
      port,
      connect: (channel) => lab.connect(channel),
      onAddress: (address) => stderr.write(`opened; for another browser the lab is open at ${address}\n`),
    })
    stdout.write(`CooperLab is open at ${shell.address}\n`)
    stderr.write(`Sessions are kept in ${lab.storePath}. Ctrl-C ends the lab.\n`)
    await new Promise<void>((resolve) => onEndSignal(resolve))
    const running = await lab.host.running()
    if (running.length > 0) {
      stderr.write('\nending after the round in progress, so that the session can go on later; once more to end at once\n')
    }
    await lab.close()
    await shell.close()
    return 0
  } catch (error) {
    await lab.close()
    throw error
  }
}
