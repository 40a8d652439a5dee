/** The session of `sleep.ts`, in a process of its own: prints each event's kind, and the digest of its end. argv[2]: seconds of patience. */
import { runSession } from '#main/lab/run-session.ts'
import { loaded, removeFiles, resources } from '../integration/session/sessions.ts'

await runSession(loaded({ stop: { rounds: 12 } }), {
  resources,
  patienceSeconds: Number(process.argv[2]),
  emit: (event) => console.log(event.kind, event.kind === 'session-finished' ? event.digest : ''),
})
removeFiles()
