/**
 * Tells if a store's file is on a drive of another machine. SQLite's write-ahead log needs memory that all who have the store open share, and locks
 * that the drive keeps: on one machine alone that works where the drive does, from two machines at once it damages the file.
 * https://sqlite.org/wal.html
 */
import { readFileSync, realpathSync } from 'node:fs'
import { dirname, sep } from 'node:path'

const OF_THE_NETWORK =
  /^(nfs4?|cifs|smb3|smbfs|afs|ceph|lustre|beegfs|gpfs|9p|fuse\.(sshfs|rclone|s3fs|glusterfs|davfs2?|curlftpfs|gvfsd-fuse))$/

/** @returns what to tell of it; null: a local file, or nobody can say (Linux only) */
export function networkWarning(file: string): string | null {
  let mounts: string
  try {
    mounts = readFileSync('/proc/self/mounts', 'utf8')
  } catch {
    return null
  }
  const kind = networkKind(realFolder(file), mounts)
  if (kind === null) return null
  return `${file} is on a network drive (${kind}): only one machine may have it open at a time, and a broken connection may cost the last rounds; --store FILE with a file on a disk of this machine is safe.`
}

/** @param folder real path @param mounts as /proc/mounts has them @returns the drive's kind if it is one of the network */
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
