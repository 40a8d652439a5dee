/**
 * Draws checkpoints of every architecture, several keys set at once, and compares the lab with the independent implementation:
 * node tests/endurance/checkpoints.ts N [--seed S]. N is how many checkpoints at least; the first that differs ends it with its config.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BASES } from '../reference/draws.ts'
import { expectDraw, drawCases } from '../unit/models/draw-cases.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string', default: '1' } } })
const wanted = Number(positionals[0] ?? 1000)
let seed = Number(values.seed)
if (!Number.isSafeInteger(wanted) || !Number.isSafeInteger(seed)) throw new Error('usage: node tests/endurance/checkpoints.ts N [--seed S]')

const root = mkdtempSync(join(tmpdir(), 'cooperlab-checkpoints-'))
const counts: Record<string, { checkpoints: number; keys: number }> = {}
try {
  for (let done = 0; done < wanted; seed += 1000) {
    for (const modelType of Object.keys(BASES)) {
      for (const drawn of drawCases(modelType, seed)) {
        await expectDraw(root, drawn)
        const count = (counts[modelType] ??= { checkpoints: 0, keys: 0 })
        count.checkpoints++
        count.keys += drawn.keys.length
        done++
        rmSync(join(root, `${modelType}-${drawn.seed}`), { recursive: true })
      }
    }
    process.stderr.write(`seed ${seed}: ${JSON.stringify(counts)}\n`)
  }
} finally {
  rmSync(root, { recursive: true })
}
console.table(counts)
