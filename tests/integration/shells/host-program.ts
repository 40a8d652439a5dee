/** A lab behind its web shell in a process of its own, on the store of argv[2]; prints its address, then whatever the next one is. */
import { dirname, join } from 'node:path'
import { sourceResources } from '#main/machine/resources.ts'
import { openLab } from '#main/shells/open-lab.ts'
import { openWebShell } from '#main/shells/web/server.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const storePath = process.argv[2]!
const lab = await openLab({
  resources: sourceResources(root),
  shell: 'web',
  version: '1',
  cwd: root,
  dataDirectory: dirname(storePath),
  scenarioFile: null,
  storePath,
  onFault: (words) => console.error(words),
})
const shell = await openWebShell({
  directory: join(root, 'src-renderer'),
  connect: (channel) => lab.connect(channel),
  onAddress: (address) => console.log(address),
})
console.log(shell.address)
process.on('disconnect', () => process.exit(0))
