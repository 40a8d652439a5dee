import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { adamWBytes, adapterBackpropBytes } from '#main/predict/backprop-memory.ts'
import { Model } from '#main/models/model.ts'

const directory = join(import.meta.dirname, '../../oracles/models')
const short = { sequences: 2, tokens: 4 }
const long = { sequences: 2, tokens: 8 }

test.each(readdirSync(directory))(
  'attention makes longer rows of %s take more than in proportion, in either way of backpropagation',
  (name) => {
    using model = new Model(join(directory, name), 1)
    const own = (bytes: (batch: typeof short) => number): number[] => {
      const fixed = bytes({ sequences: 0, tokens: 4 })
      return [bytes(short) - fixed, bytes(long) - fixed]
    }
    const ways = [own((batch) => adapterBackpropBytes(model, null, 3, 100, batch)), own((batch) => adamWBytes(model, 3, batch))]
    for (const [once, twice] of ways) {
      expect(once).toBeGreaterThan(0)
      expect(twice).toBeGreaterThan(2 * once!)
    }
    if (!model.architecture.languageHead(model.config)) return
    const [once, twice] = own((batch) => adapterBackpropBytes(model, null, { kind: 'next-word' }, 100, batch))
    expect(twice).toBeGreaterThan(1.5 * once!)
  },
)
