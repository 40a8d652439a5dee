import { createServer } from 'node:net'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type DesktopMachine, thisMachine, whyItEnded, whyNoDisplay, whyNoWindow } from '#main/shells/electron/why-no-window.ts'

/** A desktop where everything is as it should be, but for what is given. */
const machine = (given: Partial<DesktopMachine> = {}): DesktopMachine => ({
  environment: { DISPLAY: ':0' },
  platform: 'linux',
  isRoot: false,
  read: () => null,
  answers: async () => true,
  run: () => ({ status: 0, stdout: '' }),
  ...given,
})

const why = (given: Partial<DesktopMachine> = {}): Promise<string | null> => whyNoWindow('/electron/dist/electron', machine(given))

test('nothing is said where a window can be opened, nor on systems that always have a display', async () => {
  expect(await why()).toBeNull()
  for (const platform of ['darwin', 'win32'] as const)
    expect(await why({ platform, environment: {}, answers: async () => false })).toBeNull()
})

test('a system that lets no program make namespaces is told, as Ubuntu since 23.10', async () => {
  const forbids = (file: string, value: string) => why({ read: (asked) => (asked === file ? `${value}\n` : null) })
  expect(await forbids('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1')).toMatch(/^this system forbids the namespaces/)
  expect(await forbids('/proc/sys/kernel/unprivileged_userns_clone', '0')).toMatch(/forbids/)
  expect(await forbids('/proc/sys/user/max_user_namespaces', '0')).toMatch(/forbids/)
  expect(await forbids('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '0')).toBeNull()
  expect(await why({ run: (command) => (command === 'unshare' ? { status: 1, stdout: '' } : null) })).toMatch(/forbids/)
  // Chromium is told to go without for root.
  expect(await why({ isRoot: true, read: () => '1' })).toBeNull()
})

test('libraries that are missing are named', async () => {
  const stdout = '\tlibgtk-3.so.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibnss3.so => not found\n'
  expect(await why({ run: (command) => ({ status: 0, stdout: command === 'ldd' ? stdout : '' }) })).toBe(
    'this system lacks libgtk-3.so.0, libnss3.so, which Electron needs',
  )
})

test('no display, and one that is named but dead, are told before anything is started', async () => {
  expect(await why({ environment: {} })).toBe('there is no display here')
  const asked: unknown[] = []
  const answers: DesktopMachine['answers'] = async (at) => {
    asked.push(at)
    return false
  }
  expect(await why({ environment: { DISPLAY: ':7.0', WAYLAND_DISPLAY: 'wayland-1', XDG_RUNTIME_DIR: '/run/user/1' }, answers })).toBe(
    'nothing answers at WAYLAND_DISPLAY=wayland-1 and DISPLAY=:7.0',
  )
  expect(asked).toEqual(['/run/user/1/wayland-1', '/tmp/.X11-unix/X7', '\0/tmp/.X11-unix/X7'])
  expect(await why({ environment: { DISPLAY: 'far:10' }, answers })).toMatch(/DISPLAY=far:10/)
  expect(asked.at(-1)).toEqual({ host: 'far', port: 6010 })
})

test.skipIf(process.platform === 'win32')('a display that answers is found by its socket, one that has gone is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'display-'))
  const environment = { WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: folder }
  const server = createServer().listen(join(folder, 'wayland-0'))
  await once(server, 'listening')
  const real = { ...thisMachine, environment, platform: 'linux' as const }
  expect(await whyNoDisplay(real)).toBeNull()
  server.close()
  expect(await whyNoDisplay(real)).toBe('nothing answers at WAYLAND_DISPLAY=wayland-0')
  rmSync(folder, { recursive: true })
})

test('what Electron says when it aborts is told in words', () => {
  const said = (stderr: string): string => whyItEnded(133, null, stderr)
  expect(said('[1:FATAL:setuid_sandbox_host.cc(158)] The SUID sandbox helper binary was found, but is not configured correctly.')).toMatch(
    /^its sandbox can't be set up/,
  )
  expect(said('electron: error while loading shared libraries: libnss3.so: cannot open shared object file')).toMatch(/lacks libnss3\.so,/)
  expect(said('[1:ERROR:ozone_platform_x11.cc(240)] Missing X server or $DISPLAY')).toBe('the display could not be reached')
  expect(said('')).toBe('it ended with code 133')
  expect(whyItEnded(null, 'SIGTRAP', 'one\nthe last\n')).toBe('it was ended by SIGTRAP: the last')
})
