/** The default place of the store: each system's folder for the data of a user's applications. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export function defaultStorePath(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  return join(dataDirectory(environment, platform), 'sessions.db')
}

/** Returns the path of the log of the lab's faults. */
export function faultLogPath(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  return join(dataDirectory(environment, platform), 'logs', 'faults.log')
}

function dataDirectory({ XDG_DATA_HOME, APPDATA, COOPERLAB_HOME }: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (COOPERLAB_HOME) return COOPERLAB_HOME
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'CooperLab')
  if (platform === 'win32') return join(APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'CooperLab')
  return join(XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'cooperlab')
}
