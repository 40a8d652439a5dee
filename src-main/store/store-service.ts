/** Implements the calls of a store, in the thread that has it open. */
import { InputError } from '#shared/errors/input-error.ts'
import { differingSettings } from '#shared/scenario/compare-scenarios.ts'
import { ImportControl } from './import-control.ts'
import { SessionViews } from './session-views.ts'
import { exportSession, importSession } from './share.ts'
import type { Resumption, StoreCalls } from './store-calls.ts'
import type { Store } from './store.ts'

/** @param importing shared with who may cancel an import @default nobody */
export function storeService(store: Store, importing = new ImportControl()): StoreCalls {
  const views = new SessionViews(store)
  return {
    createSession: (session) => store.createSession(session),
    write(session, written) {
      store.write(session, written)
      views.follow(session, written.events)
      if (written.end) views.unfollow(session)
    },
    finish(session, end) {
      store.finish(session, end)
      views.unfollow(session)
    },
    sessions: (search) => store.sessions(search),
    session: (id) => store.session(id),
    viewAt: (id, seq) => views.at(id, seq),
    events: (id, from, limit) => store.eventsFrom(id, from, limit),
    eventsOfKinds: (id, kinds) => store.eventsOfKinds(id, kinds),
    eventOfRound: (id, kind, round) => store.eventOfRound(id, kind, round),
    describe: (id, change) => store.describe(id, change),
    remove(ids) {
      store.remove(ids)
      ids.forEach((id) => views.forget(id))
    },
    compare: (ids) => differingSettings(ids.map((id) => store.session(id).scenario)),
    checkpoint: (id, kind) => store.checkpoint(id, kind),
    resumableLength: (id) => resumableLength(store, id),
    resume(id) {
      const resumption = resume(store, id)
      views.forget(id)
      return resumption
    },
    journalPart: (id, part) => store.journalPart(id, part),
    exportSession: (id) => exportSession(store, id),
    importSession: (file, where) => importing.run(where, (onProgress) => importSession(store, file, where, { onProgress })),
    close: () => store.close(),
  }
}

/** The kinds of events that resuming needs; the others, which it doesn't need, are a hundred times as many. */
const RESUMED_FROM = ['session-started', 'phone-tuned', 'update-applied', 'evaluated', 'round-finished'] as const

function resume(store: Store, id: string): Resumption {
  resumableLength(store, id)
  store.claim(id)
  // Nobody writes the session any more, so its length is final.
  const length = resumableLength(store, id)
  const pending = [...store.eventsToFold(id, length)].filter(({ kind }) => kind === 'phone-tuned')
  store.cut(id, length)
  const events = store.eventsOfKinds(id, RESUMED_FROM)
  return { session: store.session(id), length, events, pending, ...store.journal(id), state: store.checkpoint(id, 'state') }
}

/** @returns the number of events up to the last point that the session can go on from */
function resumableLength(store: Store, id: string): number {
  const { state } = store.session(id)
  if (state === 'finished') throw new InputError('session', `"${id}", which has finished`, 'a session that broke off or was interrupted')
  const length = store.journalLength(id)
  if (length === null) {
    throw new InputError('session', `"${id}", which has no record to go on from`, 'a session that was run here by this version of the lab')
  }
  return length
}
