/** A program: unpacks every archive of @sparticuz/chromium into the folder for temporary files. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflate } from '@sparticuz/chromium'

const archives = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin')
await Promise.all(readdirSync(archives).map((name) => inflate(join(archives, name))))
