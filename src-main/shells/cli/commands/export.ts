/** `export SESSION`: the session as one file, or what it trained in forms that other programs load. */
import { resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { exportMerged } from '#main/lab/export/merged-checkpoint.ts'
import { exportPeft } from '#main/lab/export/peft-adapter.ts'
import { checkWritable, writeWhole } from '#main/lab/whole-file.ts'
import { exportSession } from '#main/store/share.ts'
import type { Store } from '#main/store/store.ts'
import { type Command, usage } from '../command.ts'
import { STORE_OPTION, withStore } from '../store-option.ts'

export const exportCommand: Command = {
  name: 'export',
  operands: ['SESSION'],
  options: {
    to: { type: 'string', value: 'FILE.cooperlab' },
    peft: { type: 'string', value: 'DIR' },
    merged: { type: 'string', value: 'DIR' },
    ...STORE_OPTION,
    json: { type: 'boolean' },
  },
  summary: 'Writes a session into one file to hand on (--to), its adapter for Hugging Face PEFT (--peft), or its whole model (--merged).',
  run: (context, options, [id]) =>
    withStore(context, options, (store) => {
      const { cwd, stdout, resources } = context
      const place = (key: string): string | null => (typeof options[key] === 'string' ? resolve(cwd, options[key]) : null)
      const [to, peft, merged] = [place('to'), place('peft'), place('merged')]
      if (to === null && peft === null && merged === null) throw new InputError('export', 'nowhere to write to', usage(exportCommand))
      const session = store.session(id!)
      const written: Record<string, string> = {}
      if (to !== null) {
        checkWritable(to)
        writeWhole(to, exportSession(store, id!))
        written['session'] = to
      }
      if (peft !== null) written['peft'] = exportPeft(peft, session, store.checkpoint(id!, 'trained'), resources)
      if (merged !== null)
        written['merged'] = exportMerged(merged, session, store.checkpoint(id!, 'trained'), labelsOf(store, id!), resources)
      stdout.write(
        options['json'] === true
          ? `${JSON.stringify(written)}\n`
          : Object.values(written)
              .map((path) => `${path}\n`)
              .join(''),
      )
      return 0
    }),
}

function labelsOf(store: Store, id: string): readonly string[] {
  const [first] = store.eventsFrom(id, 0, 1)
  return first?.kind === 'session-started' ? first.labels : []
}
