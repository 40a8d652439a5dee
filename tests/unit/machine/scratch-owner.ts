/** Makes a scratch folder in argv[2] with a file in it, says where it is, and stays, or leaves at once where argv[3] says so. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratchFolder } from '#main/machine/scratch.ts'

const { path } = scratchFolder(process.argv[2]!, 'weights')
writeFileSync(join(path, 'w.safetensors'), 'x')
process.stdout.write(path)
if (process.argv[3] === 'leave') process.exit(3)
setInterval(() => {}, 1000)
