/** `resume SESSION`: goes on with a session that broke off or was interrupted. */
import { resumeSession } from '#main/lab/recorded-session.ts'
import type { Command } from '../command.ts'
import { runToEnd } from '../session-run.ts'
import { STORE_OPTION, withStoreThread } from '../store-option.ts'

export const resume: Command = {
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
      const session = await store.session(id!)
      context.stderr.write(`${session.name}: going on after round ${session.rounds} …\n`)
      const before = await store.resumableEvents(id!)
      const how = { json: options['json'] === true, trace, metrics }
      return runToEnd(context, how, before, ({ emit, steering }) =>
        resumeSession(id!, { resources: context.resources, store, emit, steering }),
      )
    })
  },
}
