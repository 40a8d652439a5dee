import fc from 'fast-check'
import { expect, test } from 'vitest'
import { visible, visibleLine } from '#shared/text/visible.ts'

const any = fc.string({ unit: 'binary', maxLength: 60 })
const isControl = (code: number): boolean => (code < 0x20 && code !== 0x09 && code !== 0x0a) || (code >= 0x7f && code < 0xa0)

test('no text has control characters left in it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        any,
        fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
      ),
      (text) => {
        const shown = visible(text)
        expect(
          Array.from(shown, (char) => char.codePointAt(0)!).filter((code) => isControl(code) || (code >= 0xd800 && code < 0xe000)),
        ).toEqual([])
        expect(shown.isWellFormed()).toBe(true)
      },
    ),
  )
})

test('a JSON text stays the same value', () => {
  fc.assert(
    fc.property(any, (text) => {
      expect(JSON.parse(visible(JSON.stringify({ text })))).toEqual({ text })
    }),
  )
})

test('what is plain stays as it is, and what turns text around is shown', () => {
  const plain = 'Größe 日本語 עברית 👩‍🔬 é\ttab\nline'
  expect(visible(plain)).toBe(plain)
  expect(visible('\x1b]0;x\x07\x9b2J\r\u202egpj.exe')).toBe('\\u001b]0;x\\u0007\\u009b2J\\u000d\\u202egpj.exe')
})

test('a line is one line of a length', () => {
  expect(visibleLine('a\n\n  b\r\nc\u2028d', 20)).toBe('a b c d')
  expect(visibleLine('x'.repeat(2 ** 20), 10)).toBe(`${'x'.repeat(9)}…`)
})
