/**
 * `resume SESSION` continues a session that broke off or was interrupted. A session that turns out to have finished is only reported: it may have
 * been killed between its last event and the end of its process.
 */
import { resumeSession } from '#main/lab/record-session.ts'
import type { CliCommand } from '../command.ts'
import { runToEnd } from '../session-run.ts'
import { STORE_OPTION, withStoreThread } from '../store-option.ts'

export const resume: CliCommand = {
  name: 'resume',
  operands: ['SESSION'],
  options: {
    ...STORE_OPTION,
    trace: { type: 'string', value: 'FILE' },
    metrics: { type: 'string', value: 'FILE.csv|.json' },
    json: { type: 'boolean' },
  },
  summary: 'Goes on with a session that broke off or was interrupted, to the end it would have had.',
  run: (context, options, [id]) => {
    const { store: chosen, trace, metrics } = options as { store?: string; trace?: string; metrics?: string }
    return withStoreThread(context, chosen, true, async (store) => {
      const { name, rounds, state, length } = await store.session(id!)
      const over = state === 'finished'
      const kept = over ? length : await store.resumableLength(id!)
      const { view } = await store.viewAt(id!, kept)
      const before = { view, events: trace === undefined ? [] : await store.events(id!, 0, kept) }
      context.stderr.write(over ? `${name}: finished before; this is what came of it\n` : `${name}: going on after round ${rounds} …\n`)
      const how = { json: options['json'] === true, trace, metrics }
      return runToEnd(context, how, before, async (run) => {
        if (!over) await resumeSession(id!, { resources: context.resources, store, ...run })
      })
    })
  },
}
