/**
 * `npm run audit:deps`: known weaknesses of all packages of the lock, as the registry has them. 0: it knows of none · 1: of some, which are
 * listed · 2: it could not be asked, so nothing is known.
 */
import { findings } from './findings.ts'
import { npm } from './npm.ts'

const found = findings(npm('audit', '--json'))
if (typeof found === 'string') {
  console.error(`not checked: the registry doesn't answer audits from here (${found})`)
  process.exitCode = 2
} else if (found.length === 0) {
  console.log('the registry knows of no weakness in the packages of the lock')
} else {
  for (const { name, severity, range, title } of found) console.log(`${name} ${range}: ${severity}, ${title}`)
  process.exitCode = 1
}
