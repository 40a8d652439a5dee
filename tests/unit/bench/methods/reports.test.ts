import { describe, expect, test } from 'vitest'
import { thisMachine } from '#main/bench/bench-definition.ts'
import { compare } from '#main/bench/methods/comparison.ts'
import { htmlReport } from '#main/bench/methods/html-report.ts'
import { markdownReport } from '#main/bench/methods/markdown-report.ts'
import { METHOD_ENTRIES } from '#main/bench/methods/method-entries.ts'
import type { MethodsReport } from '#main/bench/methods/report-notes.ts'
import { madeRecord } from './records.ts'

const NAME = 'A <b>bold</b> & "quoted" | piped\' name'
const conditions = ['same', 'random'].map((name) =>
  compare(
    { name, title: `in state ${name}` },
    METHOD_ENTRIES.map((entry, m) => ({
      entry,
      records: [1, 2, 3].map((seed) =>
        madeRecord(entry.name, {
          seed,
          accuracies: [0.2, 0.3 + 0.02 * m, 0.5 + 0.01 * m + 0.01 * seed],
          passes: entry.kind === 'cloud-only' ? 0 : 20,
          failure: entry.kind === 'decomfl' && seed === 3 ? 'round 2: <no number>' : null,
        }),
      ),
    })),
    40,
    0.53,
  ),
)
const report: MethodsReport = {
  machine: thisMachine(),
  quick: false,
  missing: 2,
  scenarios: [
    {
      name: NAME,
      checkpoint: '/models/<encoder>',
      phones: 4,
      passes: 40,
      searchPasses: 13,
      searchSeed: 1001,
      seeds: [1, 2, 3],
      searches: METHOD_ENTRIES.map(({ kind }) => ({
        method: kind,
        trials: [
          { rate: 0.01, loss: 0.4 },
          { rate: 0.03, loss: Number.NaN },
        ],
        chosen: 0.01,
      })),
      conditions,
    },
  ],
}
const html = htmlReport(report)
const markdown = markdownReport(report)
const count = (text: string, part: string | RegExp): number => text.split(part).length - 1

describe('the HTML report', () => {
  test('closes every element in order', () => {
    const open: string[] = []
    const empty = new Set(['meta', 'br', 'circle', 'polygon', 'polyline', 'line', 'path'])
    for (const [, close, name, self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^<>]*?(\/?)>/g)) {
      if (close === '/') expect(open.pop()).toBe(name)
      else if (self !== '/' && !empty.has(name!)) open.push(name!)
    }
    expect(open).toEqual([])
    // Whatever else looks like a tag would be text that was not escaped.
    expect(html.match(/<(?!\/?[a-z][a-z0-9]*\b[^<>]*>|!doctype html>)/g)).toBeNull()
  })

  test('needs nothing from elsewhere: no address, script, font or picture', () => {
    expect(html).not.toMatch(/https?:|\/\/[a-z]|url\(|@import|<script|<link|<img|<iframe|\bsrc=|\bon[a-z]+=/i)
    for (const [, target] of html.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#s\d+-[a-z]+$/)
  })

  test('leads to the states of the public data by addresses that are there', () => {
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(count(html, `id="${target}"`)).toBe(1)
    expect(count(html, 'href="#')).toBe(2)
  })

  test('writes what the user named as text', () => {
    expect(html).not.toContain('<b>bold')
    expect(html).toContain('A &lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot; | piped&#39; name')
    expect(html).toContain('broke off: round 2: &lt;no number&gt;')
    expect(html).not.toContain('NaN')
    expect(html).not.toContain('undefined')
  })

  test('draws four plots for each state, with all methods that have phones on axes of passes and bytes', () => {
    const articles = html.split('<article').slice(1)
    expect(articles).toHaveLength(2)
    for (const article of articles) {
      const plots = article.split('<figure').slice(1)
      expect(plots.map((plot) => count(plot.split('</figure>')[0]!, '<polyline points'))).toEqual([8, 9, 8, 9])
      for (const title of ['forward passes per phone', 'rounds', 'bytes per phone, both ways (logarithmic)', 'virtual time, seconds']) {
        expect(count(article, `>${title}</text>`)).toBe(1)
      }
      expect(count(article, '>test accuracy</text>')).toBe(4)
    }
  })

  test('gives every plot a text that says how each method ended', () => {
    const texts = [...html.matchAll(/role="img" aria-label="([^"]*)"/g)].map(([, text]) => text!)
    expect(texts).toHaveLength(8)
    for (const text of texts) for (const { kind } of METHOD_ENTRIES) expect(text).toContain(`${kind} ends at `)
  })

  test('tells methods apart without colour: no two lines of the legend have the same dashes and marker', () => {
    const legend = /<ul class="legend".*?<\/ul>/s.exec(html)![0]
    const samples = legend.split('<li>').slice(1)
    expect(samples).toHaveLength(METHOD_ENTRIES.length)
    const looks = samples.map((sample) => sample.replace(/class="line c\d"/, '').replace(/<\/svg>.*/s, ''))
    expect(new Set(looks).size).toBe(samples.length)
    const dashes = samples.map((sample) => /stroke-dasharray="([^"]*)"/.exec(sample)?.[1] ?? 'none')
    expect(new Set(dashes).size).toBe(samples.length)
  })

  test('has a dark and a light set of the same colours', () => {
    const [light, dark] = html.split('prefers-color-scheme:dark')
    for (let i = 0; i < METHOD_ENTRIES.length; i++) {
      expect(light).toMatch(new RegExp(`--c${i}:#[0-9a-f]{6}`))
      expect(dark).toMatch(new RegExp(`--c${i}:#[0-9a-f]{6}`))
    }
  })

  test('lists every run with its digest and file, and marks what broke off', () => {
    for (const { kind } of METHOD_ENTRIES) {
      for (const seed of [1, 2]) expect(count(html, `digest-${kind}-${seed}<`)).toBe(2)
      expect(html).toContain(`runs/${kind}-1.json`)
    }
    expect(html).toContain('1 of 3 runs broke off')
    expect(html).toContain('Interrupted: 2 runs are missing.')
  })
})

describe('the Markdown report', () => {
  test('has a table row for each method in each state, with as many cells as the head', () => {
    const tables = markdown.split('\n\n').filter((part) => part.startsWith('| method | learning rate'))
    expect(tables).toHaveLength(2)
    for (const table of tables) {
      const cells = table.split('\n').map((row) => row.split(/(?<!\\)\|/).length)
      expect(cells).toHaveLength(METHOD_ENTRIES.length + 2)
      expect(new Set(cells).size).toBe(1)
    }
  })

  test('writes what the user named as text', () => {
    expect(markdown).toContain('## A \\<b\\>bold\\</b\\> & "quoted" \\| piped\' name')
    expect(markdown).not.toContain('<b>')
  })

  test('says the same as the HTML report in figures and sentences', () => {
    const sentence = /\*\*cooper\*\*: (.*)/.exec(markdown)![1]!
    expect(html).toContain(sentence.replaceAll('>', '&gt;'))
    expect(sentence).toMatch(/After 40 passes per phone: [\d.]+ % against [\d.]+ %, [+−][\d.]+ points\./)
  })

  test('says how it was measured, grid and chosen rates included', () => {
    expect(markdown).toContain('2 trials for every method on the same grid')
    expect(markdown).toContain('| decomfl | 0.01 (0.400), 0.03 (failed) | 0.01 |')
  })
})
