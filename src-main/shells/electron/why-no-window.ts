/**
 * Explains why Electron can't open a window on this machine, either before it is started or from its last output: Electron aborts with a line for
 * developers where a sandbox, a display or a library is missing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, isAbsolute, join } from 'node:path'

export interface DesktopMachine {
  readonly environment: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  /** True if Electron runs as root, whom Chromium refuses to sandbox. */
  readonly isRoot: boolean
  /** Text of a file; null: it is not there. */
  readonly read: (file: string) => string | null
  /** Tells if somebody listens at a socket. @param at its path, or a host and port */
  readonly answers: (at: string | { readonly host: string; readonly port: number }) => Promise<boolean>
  /** Runs a program and returns what it printed; null if it doesn't exist. */
  readonly run: (command: string, ...words: string[]) => { readonly status: number | null; readonly stdout: string } | null
}

export const thisMachine: DesktopMachine = {
  environment: process.env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  read(file) {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return null
    }
  },
  answers: (at) =>
    new Promise((resolve) => {
      const socket = typeof at === 'string' ? connect(at) : connect(at)
      const over = (answers: boolean): void => {
        socket.destroy()
        resolve(answers)
      }
      socket.setTimeout(3000, () => over(false))
      socket.once('connect', () => over(true)).once('error', () => over(false))
    }),
  run(command, ...words) {
    const { error, status, stdout } = spawnSync(command, words, { encoding: 'utf8', windowsHide: true, timeout: 10_000 })
    return error ? null : { status, stdout }
  },
}

/** Returns the reason as a clause; null if nothing is known that would keep Electron from opening. @param binary the path of Electron */
export async function whyNoWindow(binary: string, machine: DesktopMachine = thisMachine): Promise<string | null> {
  if (machine.platform !== 'linux') return null
  return (await whyNoDisplay(machine)) ?? whyNoLibrary(binary, machine) ?? whyNoSandbox(binary, machine)
}

/** Returns the reason as a clause; null if there is a display. Other systems always have one, or report it themselves. */
export async function whyNoDisplay({ environment, platform, answers }: DesktopMachine = thisMachine): Promise<string | null> {
  if (platform !== 'linux') return null
  const { DISPLAY: display, WAYLAND_DISPLAY: wayland, XDG_RUNTIME_DIR: runtime } = environment
  if (!display && !wayland) return 'there is no display here'
  if (wayland && (await answers(isAbsolute(wayland) ? wayland : join(runtime ?? '', wayland)))) return null
  if (display && (await displayAnswers(display, answers))) return null
  const named = [wayland && `WAYLAND_DISPLAY=${wayland}`, display && `DISPLAY=${display}`].filter(Boolean).join(' and ')
  return `nothing answers at ${named}`
}

/** X servers listen at a socket in the file system, at one in the abstract space, and, for other machines, at port 6000 and up. */
async function displayAnswers(display: string, answers: DesktopMachine['answers']): Promise<boolean> {
  const [, host = '', number = ''] = /^(?:unix\/?|([^:]*)):(\d+)(?:\.\d+)?$/.exec(display) ?? []
  // Other forms, e.g. the path of a socket, are for the X libraries to understand.
  if (number === '') return true
  if (host !== '') return answers({ host, port: 6000 + Number(number) })
  const socket = `/tmp/.X11-unix/X${number}`
  return (await answers(socket)) || (await answers(`\0${socket}`))
}

function whyNoLibrary(binary: string, { run }: DesktopMachine): string | null {
  const missing = [...(run('ldd', binary)?.stdout ?? '').matchAll(/^\s*(\S+) => not found$/gm)].map(([, library]) => library!)
  return missing.length === 0 ? null : librariesMissing(missing)
}

function librariesMissing(libraries: readonly string[]): string {
  return `this system lacks ${libraries.join(', ')}, which Electron needs`
}

const SANDBOX_HINT = 'an AppArmor profile for it, or sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, allows it'

/** Ubuntu 23.10 and later, and hardened kernels, let no program without a profile make the namespaces that the sandbox is made of. */
function whyNoSandbox(binary: string, { isRoot, read, run }: DesktopMachine): string | null {
  if (isRoot || isSetuidRoot(join(dirname(binary), 'chrome-sandbox'))) return null
  const says = (file: string, value: string): boolean => read(file)?.trim() === value
  const forbidden =
    says('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1') ||
    says('/proc/sys/kernel/unprivileged_userns_clone', '0') ||
    says('/proc/sys/user/max_user_namespaces', '0')
  if (!forbidden && (run('unshare', '-Ur', 'true')?.status ?? 0) === 0) return null
  return `this system forbids the namespaces that Electron's sandbox is made of (${SANDBOX_HINT})`
}

function isSetuidRoot(file: string): boolean {
  const status = existsSync(file) ? statSync(file) : null
  return status !== null && status.uid === 0 && (status.mode & 0o4000) !== 0
}

/** Returns the reason as a clause. @param stderr the last output of Electron */
export function whyItEnded(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const library = /error while loading shared libraries: ([^\s:]+)/.exec(stderr)?.[1]
  if (library !== undefined) return librariesMissing([library])
  if (/SUID sandbox|No usable sandbox/.test(stderr)) return `its sandbox can't be set up (${SANDBOX_HINT})`
  if (/Missing X server|cannot open display|Failed to connect to Wayland|platform failed to initialize/i.test(stderr))
    return 'the display could not be reached'
  const last = stderr.trim().split('\n').at(-1)?.trim().slice(0, 300)
  const how = signal ? `it was ended by ${signal}` : `it ended with code ${code}`
  return last ? `${how}: ${last}` : how
}
