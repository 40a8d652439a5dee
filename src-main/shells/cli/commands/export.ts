/** `export SESSION` writes the session as one file, or its trained parameters in forms that other programs load. */
import { resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { Projection } from '#shared/events/projection.ts'
import { exportMerged } from '#main/lab/export/merged-checkpoint.ts'
import { metricsFile } from '#main/lab/export/metrics-file.ts'
import { perfettoTrace } from '#main/lab/export/perfetto-trace.ts'
import { exportPeft } from '#main/lab/export/peft-adapter.ts'
import { checkWritable, writeWhole } from '#main/machine/whole-file.ts'
import { exportSession } from '#main/store/share.ts'
import type { StoreReader } from '#main/store/store-reader.ts'
import { type CliCommand, usage } from '../command.ts'
import { STORE_OPTION, withStore } from '../store-option.ts'

export const exportCommand: CliCommand = {
  name: 'export',
  operands: ['SESSION'],
  options: {
    to: { type: 'string', value: 'FILE.cooperlab' },
    peft: { type: 'string', value: 'DIR' },
    merged: { type: 'string', value: 'DIR' },
    trace: { type: 'string', value: 'FILE' },
    metrics: { type: 'string', value: 'FILE.csv|.json' },
    ...STORE_OPTION,
    json: { type: 'boolean' },
  },
  summary:
    'Writes a session into one file to hand on (--to), its adapter for Hugging Face PEFT (--peft), its whole model (--merged), its schedule for Perfetto (--trace), or its measurements (--metrics).',
  run: (context, options, [id]) =>
    withStore(context, options, (store) => {
      const { cwd, stdout, resources } = context
      const place = (key: string): string | null => (typeof options[key] === 'string' ? resolve(cwd, options[key]) : null)
      const [to, peft, merged, trace, metrics] = [place('to'), place('peft'), place('merged'), place('trace'), place('metrics')]
      if ([to, peft, merged, trace, metrics].every((path) => path === null))
        throw new InputError('export', 'nowhere to write to', usage(exportCommand))
      const session = store.session(id!)
      const written: Record<string, string> = {}
      if (to !== null) {
        checkWritable(to)
        writeWhole(to, exportSession(store, id!))
        written['session'] = to
      }
      if (peft !== null) written['peft'] = exportPeft(peft, session, store.checkpoint(id!, 'trained'), labelsOf(store, id!), resources)
      if (merged !== null)
        written['merged'] = exportMerged(merged, session, store.checkpoint(id!, 'trained'), labelsOf(store, id!), resources)
      for (const path of [trace, metrics]) if (path !== null) checkWritable(path)
      if (trace !== null) {
        writeWhole(trace, perfettoTrace(store.events(id!)))
        written['trace'] = trace
      }
      if (metrics !== null) {
        writeWhole(metrics, metricsFile(metrics, new Projection().addAll(store.eventsToFold(id!)).view))
        written['metrics'] = metrics
      }
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

function labelsOf(store: StoreReader, id: string): readonly string[] {
  const [first] = store.eventsFrom(id, 0, 1)
  return first?.kind === 'session-started' ? first.labels : []
}
