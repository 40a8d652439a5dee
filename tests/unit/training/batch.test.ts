import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeBatch } from '#main/training/batch.ts'

test('a classifier reads the rightmost token that is not the passed one, as transformers does', () => {
  const rows = fc.array(fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(rows, fc.option(fc.nat(3)), (texts, passedId) => {
      const { pick, tokens } = makeBatch(
        texts.map((ids) => ({ ids: Int32Array.from(ids), label: 0 })),
        { padId: 0, passedId },
      )
      texts.forEach((ids, n) => {
        const row = [...pick.subarray(n * tokens, (n + 1) * tokens)]
        // The largest of index times (is not the passed token), the first of equals.
        const scores = ids.map((id, s) => (passedId === null || id !== passedId ? s : 0))
        const expected = scores.indexOf(Math.max(...scores))
        expect(row.indexOf(1)).toBe(expected)
        expect(row.filter((value) => value !== 0)).toEqual([1])
      })
    }),
  )
})
