/**
 * Finds out whether a store's file is on a drive of another machine. SQLite's write-ahead log needs locks that the drive keeps, and memory that all
 * processes which have the store open share: that works on one machine, but two machines at once damage the file.
 * https://sqlite.org/wal.html
 */
import { readFileSync, realpathSync } from 'node:fs'
import { dirname, sep } from 'node:path'

const OF_THE_NETWORK =
  /^(nfs4?|cifs|smb3|smbfs|afs|ceph|lustre|beegfs|gpfs|9p|fuse\.(sshfs|rclone|s3fs|glusterfs|davfs2?|curlftpfs|gvfsd-fuse))$/

/** @returns the type of the network file system; null for a local file, and where that can't be found out (it can on Linux only) */
export function networkDrive(file: string): string | null {
  let mounts: string
  try {
    mounts = readFileSync('/proc/self/mounts', 'utf8')
  } catch {
    return null
  }
  return networkKind(realFolder(file), mounts)
}

/** @param folder its real path @param mounts the content of /proc/mounts @returns the type of the file system if it is a network's; else null */
export function networkKind(folder: string, mounts: string): string | null {
  let [longest, found] = [-1, '']
  for (const line of mounts.split('\n')) {
    const [, point, kind] = line.split(' ')
    if (point === undefined || kind === undefined) continue
    const path = point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    const holds = path === sep || folder === path || folder.startsWith(path + sep)
    // The later of two mounts at one place is in effect.
    if (holds && path.length >= longest) [longest, found] = [path.length, kind]
  }
  return OF_THE_NETWORK.test(found) ? found : null
}

function realFolder(file: string): string {
  try {
    return dirname(realpathSync(file))
  } catch {
    return dirname(file)
  }
}
