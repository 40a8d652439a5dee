/** Determines when the phones of a scenario can be asked. */
import type { FileKind } from '#main/data/file-kinds.ts'
import { readTextBytes } from '#main/data/text-bytes.ts'
import { ALWAYS, type Availability, daily, readTrace } from '#main/federation/field/availability.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

const MAXIMUM_BYTES = 16 * 2 ** 20

/** @param ids the ids of the phones, by index @throws InputError if the trace can't be read */
export function phoneAvailability({ federation, seed }: Scenario, ids: readonly string[]): Availability {
  const { availability } = federation ?? {}
  if (!availability) return ALWAYS
  if (availability.kind === 'daily') return daily(availability, seed)
  const { path } = availability
  const bytes = readTextBytes(path, MAXIMUM_BYTES, { wayOut: (kind) => wayOut(kind, path, ids) })
  return readTrace(new TextDecoder().decode(bytes), path, ids)
}

/** Returns advice for a trace in another format, such as the pickle in which FedScale publishes when its clients are active. */
function wayOut({ id }: FileKind, path: string, ids: readonly string[]): string {
  const lines = 'lines phone,from,to'
  if (id !== 'pickle') return lines
  const names = `'${ids.slice(0, 3).join(' ')}${ids.length > 3 ? ' ...' : ''}'.split()`
  const spans = "for p,t in zip(ids,d) for a,b in zip(t['active'],t['inactive'])"
  const program = `import pickle; ids=${names}; d=pickle.load(open('${path}','rb')).values(); [print(p,a,b,sep=',') ${spans}]`
  return `${lines}; of a trace of FedScale, by python3 -c "${program}" > trace.csv`
}
