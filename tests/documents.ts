/** Parts of the documents that are made from the code, between two marks each. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

/** Expects `text` between the marks called `name` of a document; `UPDATE_DOCS=1` writes it there. */
export function expectInDocument(document: string, name: string, text: string): void {
  const path = join(import.meta.dirname, '..', document)
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const found = readFileSync(path, 'utf8')
  const [before, after] = [found.slice(0, found.indexOf(begin) + begin.length), found.slice(found.indexOf(end))]
  const wanted = `${before}\n\n${text}\n\n${after}`
  if (process.env['UPDATE_DOCS']) writeFileSync(path, wanted)
  expect(squeezed(found), `${document} is out of date; write it with UPDATE_DOCS=1`).toBe(squeezed(wanted))
}

/** Formatting pads the cells. */
function squeezed(text: string): string {
  return text.replaceAll(/ +\|/g, ' |').replaceAll(/-{2,}/g, '---').replaceAll('\\_', '_')
}
