/** `replay SESSION`: shows a kept session as it went, at any speed, or proves that it comes out the same again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { SessionFault, isFault } from '#shared/errors/fault.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { Projection } from '#shared/events/projection.ts'
import { summarise } from '#shared/events/summary.ts'
import { visible } from '#shared/text/visible.ts'
import { formatCount } from '#shared/units/quantities.ts'
import { onEndSignal } from '#main/machine/end-signals.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { type Verification, verifySession } from '#main/lab/verify-session.ts'
import { describeEnvironment } from '#main/store/environment.ts'
import type { StoreReader } from '#main/store/store-reader.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { Progress } from '../progress.ts'
import { report } from '../report.ts'
import { STORE_OPTION, withStore } from '../store-option.ts'

export const replay: CliCommand = {
  name: 'replay',
  operands: ['SESSION'],
  options: { speed: { type: 'string', value: 'N' }, verify: { type: 'boolean' }, ...STORE_OPTION, json: { type: 'boolean' } },
  summary: 'Shows a kept session again, N virtual seconds a second, or with --verify runs it again and compares every event.',
  run: (context, options, [id]) =>
    withStore(context, options, async (store) => {
      try {
        return await (options['verify'] === true
          ? verify(context, store, id!, options['json'] === true)
          : show(context, store, id!, options))
      } catch (error) {
        throw isFault(error) && store.has(id!) ? new SessionFault(id!, error) : error
      }
    }),
}

async function show(
  { stdout, stderr }: CommandContext,
  store: StoreReader,
  id: string,
  options: Parameters<CliCommand['run']>[1],
): Promise<number> {
  const speed = speedOf(options['speed'] as string | undefined)
  const progress = new Progress(stderr)
  const projection = new Projection()
  let shown = 0
  for (const event of store.eventsToFold(id)) {
    const { view } = projection.add(event)
    if (event.kind === 'round-finished' && speed < Infinity) {
      await sleep(((view.virtualSeconds - shown) / speed) * 1000)
      shown = view.virtualSeconds
    }
    progress.show(event, view)
  }
  const { view } = projection
  if (!view.finished) stderr.write(`\nIt broke off after round ${view.rounds.filter(({ digest }) => digest !== null).length}.\n`)
  else if (options['json'] === true) stdout.write(`${JSON.stringify(summarise(view))}\n`)
  else stdout.write(report(summarise(view)))
  return 0
}

/** Returns virtual seconds per second of real time. */
function speedOf(text: string | undefined): number {
  if (text === undefined) return Infinity
  const speed = Number(text)
  if (!(speed > 0)) throw new InputError('--speed', text, 'a number above 0, of virtual seconds per second')
  return speed
}

async function verify({ stdout, stderr, resources }: CommandContext, store: StoreReader, id: string, json: boolean): Promise<number> {
  const { scenario, profiles, environment } = store.session(id)
  const here = String(describeEnvironment()['processor'])
  const processors = { recorded: String(environment['processor'] ?? here), here }
  const events = [...store.events(id)]
  const progress = new Progress(stderr)
  const projection = new Projection()
  const interrupt = new AbortController()
  const done = onEndSignal(() => interrupt.abort())
  try {
    const loaded = { scenario, directory: '', profiles: profiles ?? loadCatalogue(resources.directory) }
    const onEvent = (event: (typeof events)[number]): void => progress.show(event, projection.add(event).view)
    const verification = await verifySession(loaded, events, { resources, onEvent, signal: interrupt.signal })
    if (verification === null) return 130
    const told = processors.recorded === processors.here ? verification : { ...verification, processors }
    stdout.write(json ? `${JSON.stringify(told)}\n` : sentence(told))
    return verification.difference === null ? 0 : 1
  } finally {
    done()
  }
}

/** @param verification `processors` where the session was recorded on another kind than this */
export function sentence({ same, difference, processors }: Verification & { processors?: { recorded: string; here: string } }): string {
  const across = processors
    ? `It was recorded on ${visible(processors.recorded)}; this is ${visible(processors.here)}. Kinds of processors may differ in the last bit of what phones measure.\n`
    : ''
  if (difference === null) return `identical: ${formatCount(same)} events came out the same\n${across}`
  const { seq, kind, round, recorded, again } = difference
  const where = `event ${seq}, ${kind}${round === null ? '' : ` of round ${round}`}`
  return `${where}, differs\n  recorded  ${recorded}\n  again     ${again ?? 'no such event'}\nThe ${formatCount(same)} events before it came out the same.\n${across}`
}
