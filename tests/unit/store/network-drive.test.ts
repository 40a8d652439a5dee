import { expect, it } from 'vitest'
import { networkKind, networkDrive } from '#main/store/network-drive.ts'

const MOUNTS = `
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/ann/local xfs rw 0 0
//nas/share /media/my\\040share cifs rw 0 0
ann@host: /mnt/far fuse.sshfs rw 0 0
tmpfs /mnt/far/near tmpfs rw 0 0
portal /run/doc fuse.portal rw 0 0
`

it.each([
  ['/var/lib', null],
  ['/home/ann', 'nfs4'],
  ['/home', 'nfs4'],
  ['/homes', null],
  ['/home/ann/local/x', null],
  ['/media/my share/labs', 'cifs'],
  ['/mnt/far', 'fuse.sshfs'],
  ['/mnt/far/near', null],
  ['/run/doc/x', null],
])('the drive of %s is %s', (folder, kind) => {
  expect(networkKind(folder, MOUNTS)).toBe(kind)
})

it('no network drive is found for a file on this machine, there or not', () => {
  expect(networkDrive(import.meta.filename)).toBeNull()
  expect(networkDrive('/nowhere/lab.db')).toBeNull()
})
