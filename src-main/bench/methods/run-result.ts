/** The stored result of one run of the comparison, in a file of its own that appears whole. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { parseScenario, type Scenario } from '#shared/scenario/scenario.ts'
import { writeWhole } from '#main/machine/whole-file.ts'

const number = v.pipe(v.number(), v.finite())
const size = v.pipe(number, v.minValue(0))

const measurement = v.strictObject({
  round: size,
  virtualSeconds: size,
  accuracy: size,
  loss: number,
  forwardPasses: size,
  bytesDown: size,
  bytesUp: size,
})

const phone = v.strictObject({
  id: v.string(),
  idleBytes: size,
  peakBytes: size,
  forwardPasses: size,
  capHits: size,
  restarts: size,
})

const recordSchema = v.strictObject({
  /** The key of the scenario and the lab's version; also the file's name. */
  key: v.string(),
  lab: v.string(),
  scenario: v.pipe(
    v.unknown(),
    v.transform((scenario): Scenario => parseScenario(scenario, 'scenario')),
  ),
  /** The reason why the run broke off, or null. */
  failure: v.nullable(v.string()),
  /** Passes and bytes are totals over the fleet. */
  history: v.array(measurement),
  phones: v.pipe(v.array(phone), v.nonEmpty()),
  /** The number of rounds by the source of their update. */
  sources: v.record(v.string(), size),
  /** The digest of everything computed; null if the run broke off. */
  digest: v.nullable(v.string()),
  wallSeconds: size,
})

export type RunResult = v.InferOutput<typeof recordSchema>

/** Key of a run: 24 hexadecimal digits. The scenario's name does not count. */
export function runKey({ name: _name, ...scenario }: Scenario, lab: string): string {
  return createHash('sha256')
    .update(JSON.stringify([lab, sorted(scenario)]))
    .digest('hex')
    .slice(0, 24)
}

export function writeResult(directory: string, record: RunResult): void {
  writeWhole(recordPath(directory, record.key), `${JSON.stringify(record)}\n`)
}

/** Returns the result of a run, `absent` if there is none, or the error of its file. */
export function readResult(directory: string, key: string): RunResult | 'absent' | { readonly path: string; readonly wrong: string } {
  const path = recordPath(directory, key)
  try {
    const record = v.parse(recordSchema, JSON.parse(readFileSync(path, 'utf8')))
    return record.key === key ? record : { path, wrong: `it is of run ${record.key}` }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent'
    return { path, wrong: (error as Error).message.split('\n')[0]! }
  }
}

function recordPath(directory: string, key: string): string {
  return join(directory, `${key}.json`)
}

/** The same value with the keys of its objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
