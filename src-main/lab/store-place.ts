/** Where sessions are kept unless the user names a file: one place per user, for the app and the command line alike. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The lab's folder: `$COOPERLAB_HOME`, or where the platform has the data of applications. */
export function dataDirectory(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  const { COOPERLAB_HOME, XDG_DATA_HOME, LOCALAPPDATA } = environment
  if (COOPERLAB_HOME) return resolve(COOPERLAB_HOME)
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'CooperLab')
  if (platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'CooperLab')
  // A relative path is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  return join(XDG_DATA_HOME?.startsWith('/') ? XDG_DATA_HOME : join(homedir(), '.local', 'share'), 'cooperlab')
}

export function defaultStorePath(): string {
  return join(dataDirectory(), 'sessions.db')
}
