/** `npm run package` with stand-ins for all that electron-builder downloads. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { appImageTools, electronStandIn, fpmStandIn, hasMksquashfs } from './stand-ins.ts'

/**
 * @param root of the checkout, built @param temporary folder for what is made
 * @returns the folder of the packages
 * @throws Error with electron-builder's words if it fails
 */
export function packageWithStandIns(root: string, temporary: string, what: 'dir' | 'installers'): string {
  if (process.platform !== 'linux') throw new Error('the stand-ins are for Linux; npm run package makes packages here')
  if (what === 'installers' && !hasMksquashfs()) throw new Error('an AppImage needs mksquashfs; install squashfs-tools, or stop at --dir')
  for (const script of ['sbom', 'notices']) run('npm', ['run', '--silent', script], root, {})
  const output = join(temporary, 'packages')
  const settings = { electronDist: electronStandIn(join(temporary, 'electron')), 'directories.output': output }
  const words = Object.entries(settings).map(([name, value]) => `-c.${name}=${value}`)
  const tools = what === 'dir' ? {} : { APPIMAGE_TOOLS_PATH: appImageTools(join(temporary, 'appimage')), CUSTOM_FPM_PATH: fpmStandIn(join(temporary, 'fpm')) } // prettier-ignore
  const program = join(root, 'node_modules', 'electron-builder', 'cli.js')
  run(process.execPath, [program, '--config', 'electron-builder.config.mjs', ...(what === 'dir' ? ['--dir'] : []), ...words], root, tools)
  return output
}

function run(program: string, words: readonly string[], cwd: string, variables: NodeJS.ProcessEnv): void {
  // Under Vitest electron-builder would make hard links to the checkout's own files.
  const env = { ...process.env, ...variables, VITEST: undefined }
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd, encoding: 'utf8', env })
  if (error) throw error
  if (status !== 0)
    throw new Error(`${[program, ...words].join(' ')} failed: ${`${stdout}${stderr}`.trim().split('\n').slice(-10).join(' ')}`)
}
