/** A process that opens the store at argv[2] and writes the session argv[3] of argv[4] rounds. */
import { openStore } from '../../../src-main/store/open-store.ts'
import { Recorder } from '../../../src-main/store/recorder.ts'
import { sampleSession } from '../../unit/store/sample-session.ts'

const [path, session, rounds] = process.argv.slice(2) as [string, string, string]
const store = openStore(path)
const recorder = new Recorder(store)
for (const event of sampleSession(session, Number(rounds))) recorder.record(event)
await recorder.durable()
store.close()
