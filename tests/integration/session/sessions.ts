/** Sessions of real worker processes over the recorded tiny model. Its words mean nothing, so accuracy is not looked at. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Steering } from '#main/federation/steering.ts'
import { type LoadedScenario, loadScenario } from '#main/reading/load-scenario.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { runSession } from '#main/lab/run-session.ts'
import { ResumeState } from '#main/lab/resume-state.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { EMPTY_VIEW, type SessionView } from '#shared/events/projection.ts'
import { project } from '../../unit/events/project.ts'

const root = join(import.meta.dirname, '../../..')
const directory = mkdtempSync(join(tmpdir(), 'cooperlab-session-'))
export const resources = sourceResources(root)
export const tinyCheckpoint = join(root, 'tests/oracles/bert-tiny')

export function removeFiles(): void {
  rmSync(directory, { recursive: true, force: true })
}

const WORDS = ['bal', 'ball', 'mel', 'mela', 'nor', 'norin', 'tas', 'tasul', 'ril', 'rilo', 'vep', 'cafe', 'the', 'zu']
const rows = Array.from({ length: 60 }, (_, i) => {
  const label = ['low', 'middle', 'high'][i % 3]!
  const words = Array.from({ length: 2 + (i % 5) }, (__, k) => WORDS[(i * 7 + k * 3 + (k === 0 ? i % 3 : 0)) % WORDS.length]!)
  return `${words.join(' ')},${label}`
})
writeFileSync(join(directory, 'rows.csv'), ['text,label', ...rows].join('\n'))

const BASE = {
  name: 'tiny',
  seed: 3,
  model: { checkpoint: tinyCheckpoint, maxLength: 12, adapter: { rank: 2 } },
  data: { train: { path: 'rows.csv' }, partition: { kind: 'iid' } },
  method: { kind: 'cooper', randomDirections: 2, batchSize: 4, cloudBatchSize: 6 },
  fleet: [
    { profile: 'pixel-4', count: 2 },
    { profile: 'android-go', link: 'slow-4g', id: 'last' },
  ],
  stop: { rounds: 3 },
}

let count = 0

export interface Session {
  readonly events: LabEvent[]
  readonly view: SessionView
}

export function loaded(change: Record<string, unknown> = {}): LoadedScenario {
  const path = join(directory, `scenario-${count++}.json`)
  writeFileSync(path, JSON.stringify({ ...BASE, ...change }))
  return loadScenario(path, [], directory, resources.directory)
}

/** @param onEvent may meddle while the session runs @param stateEvery rounds from one saved state to the next */
export async function session(
  change: Record<string, unknown> = {},
  onEvent: (event: LabEvent) => void = () => {},
  steering?: Steering,
  stateEvery?: number,
): Promise<Session> {
  const events: LabEvent[] = []
  await runSession(loaded(change), {
    resources,
    resumeState: new ResumeState({ stateEvery }),
    ...(steering ? { steering } : {}),
    emit: (event) => {
      events.push(event)
      onEvent(event)
    },
  })
  return { events, view: events.reduce(project, EMPTY_VIEW) }
}

export function only<K extends LabEvent['kind']>(events: readonly LabEvent[], kind: K): Extract<LabEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<LabEvent, { kind: K }> => event.kind === kind)
}
