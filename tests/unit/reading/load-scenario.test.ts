import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { loadScenario } from '#main/reading/load-scenario.ts'
import { InputError } from '#shared/errors/input-error.ts'

let root = ''
const smallest = { model: { checkpoint: 'models/encoder' }, data: { train: { path: 'train.tsv' } }, fleet: [{ profile: 'pixel-4' }] }

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'load-scenario-'))
  mkdirSync(join(root, 'folder.json'))
  mkdirSync(join(root, 'scenarios'))
  write('scenarios/small.json', JSON.stringify(smallest))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('loadScenario', () => {
  it('makes paths of the file relative to the file and returns its directory', () => {
    const { scenario, directory } = loadScenario('scenarios/small.json', [], root)
    expect(directory).toBe(join(root, 'scenarios'))
    expect(scenario.model.checkpoint).toBe(join(root, 'scenarios/models/encoder'))
    expect(scenario.data.train.path).toBe(join(root, 'scenarios/train.tsv'))
  })

  it('makes paths given by --set relative to the working directory, inside objects too', () => {
    const sets = [
      'data.train.path=mine.tsv',
      'data.test={"path":"test.tsv","label":2}',
      'data.public.source.path=/x/public.tsv',
      'stop.rounds=3',
    ]
    const { scenario } = loadScenario('scenarios/small.json', sets, root)
    expect(scenario.data.train.path).toBe(join(root, 'mine.tsv'))
    expect(scenario.data.test).toEqual({ path: join(root, 'test.tsv'), label: 2 })
    expect(scenario.data.public.source?.path).toBe('/x/public.tsv')
    expect(scenario.model.checkpoint).toBe(join(root, 'scenarios/models/encoder'))
    expect(scenario.stop.rounds).toBe(3)
  })

  it('leaves a built-in checkpoint alone', () => {
    expect(loadScenario('scenarios/small.json', ['model.checkpoint=builtin:encoder'], root).scenario.model.checkpoint).toBe(
      'builtin:encoder',
    )
  })

  it('lets the last of several --set win', () => {
    expect(loadScenario('scenarios/small.json', ['seed=4', 'seed=5'], root).scenario.seed).toBe(5)
  })

  it('reads YAML to the same scenario as JSON', () => {
    write(
      'scenarios/small.yaml',
      'model: { checkpoint: models/encoder }\ndata:\n  train:\n    path: train.tsv\nfleet:\n  - profile: pixel-4 # one\n',
    )
    expect(loadScenario('scenarios/small.yaml', [], root).scenario).toEqual(loadScenario('scenarios/small.json', [], root).scenario)
  })

  it('reads JSON that begins with a byte order mark', () => {
    write('bom.json', `\uFEFF${JSON.stringify(smallest)}`)
    expect(loadScenario('bom.json', [], root).scenario.name).toBe('untitled')
  })

  it('returns the catalogues that hold every profile named', () => {
    const { profiles, scenario } = loadScenario('scenarios/small.json', [], root)
    expect(profiles).toEqual(loadCatalogue())
    expect(profiles.devices.map(({ id }) => id)).toEqual(expect.arrayContaining([scenario.fleet[0]?.profile, scenario.cloud.profile]))
    expect(profiles.links.map(({ id }) => id)).toContain(scenario.fleet[0]?.link)
  })
})

describe('a scenario that cannot be loaded is refused with one exact line', () => {
  it.each<[string, string, string | undefined, string | RegExp]>([
    ['a missing file', 'none.json', undefined, 'none.json: no such file; expected a scenario file that can be read'],
    ['a directory', 'folder.json', undefined, 'folder.json: a directory; expected a scenario file that can be read'],
    ['an empty file', 'a.json', ' \n', 'a.json: an empty file; expected a scenario with model, data and fleet'],
    ['another kind of file', 'a.toml', 'x = 1', 'a.toml: a file named *.toml; expected a scenario in a .json, .yaml or .yml file'],
    ['a file too large', 'a.json', ' '.repeat(2 ** 20 + 1), 'a.json: 1048577 bytes; expected a scenario of at most 1 MiB'],
    ['a list', 'a.json', '[]', /^a\.json: an empty list; expected an object with name, /],
    ['no value', 'a.yaml', '# nothing\n', /^a\.yaml: null; expected an object with name, /],
    ['JSON with a comma too many', 'a.json', '{\n "seed": 1,\n "x": [1,\n 2,]\n}', /^a\.json:4: Unexpected token.*; expected JSON$/],
    ['JSON with a bare word', 'a.json', '{\n\n "seed": one\n}', /^a\.json:3: Unexpected token.*; expected JSON$/],
    ['JSON with a comma missing', 'a.json', '{"a": 1\n "b": 2}', /^a\.json:2: Expected ',' or '}'.*; expected JSON$/],
    ['JSON that stops', 'a.json', '{\n "a": 1,\n "b": 2', /^a\.json:3: .*; expected JSON$/],
    ['YAML that does not close', 'a.yaml', 'a: 1\nb: [1\nc: 2', /^a\.yaml:[23]: .*; expected YAML$/],
    ['YAML with a key twice', 'a.yml', 'seed: 1\nname: x\nseed: 2', 'a.yml:3: key "seed" a second time; expected YAML'],
    ['YAML with a foreign tag', 'a.yaml', 'seed: 1\nname: !!js/function x', /^a\.yaml:2: Unresolved tag.*; expected YAML$/],
    ['YAML in several documents', 'a.yaml', 'a: 1\n---\nb: 2', /^a\.yaml:2: .*multiple documents.*; expected YAML$/],
    ['a wrong value', 'a.json', JSON.stringify({ ...smallest, seed: 'one' }), 'a.json: seed: "one"; expected an integer of at least 0'],
  ])('%s', (_, name, content, line) => {
    if (content !== undefined) write(name, content)
    expect(lineFrom(name)).toEqual(line instanceof RegExp ? expect.stringMatching(line) : line)
  })

  it('text that is not UTF-8', () => {
    writeFileSync(join(root, 'latin.json'), Buffer.from([0x22, 0xe9, 0x22]))
    expect(lineFrom('latin.json')).toBe('latin.json: text that is not UTF-8; expected a scenario file that can be read')
  })

  it('a path no system allows', () => {
    expect(lineFrom('a\0.json')).toMatch(/; expected a scenario file that can be read$/)
  })

  it('YAML aliases that multiply', () => {
    const letters = [...'abcdefghij']
    const lines = letters.map(
      (letter, i) =>
        `${letter}: &${letter} [${Array(9)
          .fill(i === 0 ? '1' : `*${letters[i - 1]}`)
          .join(',')}]`,
    )
    write('bomb.yaml', lines.join('\n'))
    expect(lineFrom('bomb.yaml')).toBe('bomb.yaml: Excessive alias count indicates a resource exhaustion attack; expected YAML')
  })

  it.each(['deep.json', 'deep.yaml'])('nesting without end in %s', (name) => {
    write(name, '['.repeat(20_000))
    expect(() => loadScenario(name, [], root)).toThrow(InputError)
  })
})

describe('profiles', () => {
  it.each([
    [
      'fleet[0].profile=pixel4',
      /^--set fleet\[0\]\.profile=pixel4: fleet\[0\]\.profile: "pixel4"; expected android-go, .* or iphone-16-pro; did you mean "pixel-4"\?$/,
    ],
    ['fleet[0].profile=workstation', /: fleet\[0\]\.profile: "workstation"; expected android-go, /],
    ['fleet[0].link=lt', /: fleet\[0\]\.link: "lt"; expected edge, .* or home-wifi; did you mean "lte"\?$/],
    ['cloud.profile=workstatoin', /: cloud\.profile: "workstatoin"; expected .*; did you mean "workstation"\?$/],
    ['cloud.link=homewifi', /: cloud\.link: "homewifi"; expected .*; did you mean "home-wifi"\?$/],
  ])('must be in the catalogue: %s', (set, line) => {
    expect(lineFrom('scenarios/small.json', [set])).toMatch(line)
  })

  it('are counted where several are unknown', () => {
    write('two.json', JSON.stringify({ ...smallest, fleet: [{ profile: 'zzz', link: 'qqq' }] }))
    expect(lineFrom('two.json')).toMatch(/^two\.json: fleet\[0\]\.profile: "zzz"; expected .* or iphone-16-pro \(and 1 more\)$/)
  })
})

describe('--set', () => {
  it('is named where its value is wrong, and the file where the file is', () => {
    expect(lineFrom('scenarios/small.json', ['seed=1', 'stop.rounds=0'])).toBe(
      '--set stop.rounds=0: stop.rounds: 0; expected an integer of at least 1',
    )
    write('bad.json', JSON.stringify({ ...smallest, seed: -1 }))
    expect(lineFrom('bad.json', ['stop.rounds=2'])).toBe('bad.json: seed: -1; expected an integer of at least 0')
  })

  it('chooses another adapter where the file leaves it to the default', () => {
    const adapterOf = (...sets: string[]) => loadScenario('scenarios/small.json', sets, root).scenario.model.adapter
    expect(adapterOf('model.adapter.rank=2')).toMatchObject({ kind: 'lora', rank: 2 })
    expect(adapterOf('model.adapter.kind=bitfit')).toEqual({ kind: 'bitfit' })
    expect(adapterOf('model.adapter.kind=bottleneck', 'model.adapter.size=4')).toEqual({ kind: 'bottleneck', size: 4 })
  })

  it('is named where it is malformed', () => {
    expect(lineFrom('scenarios/small.json', ['stop'])).toMatch(/^--set stop: no "="; expected PATH=VALUE/)
    expect(lineFrom('scenarios/small.json', ['fleet[3].count=1'])).toBe(
      '--set fleet[3].count=1: position 3 of fleet, which has 1; expected position 0',
    )
  })
})

it('any text in a file or a --set gives a scenario or an InputError', () => {
  const content = fc.oneof(
    fc.string(),
    fc.json({ maxDepth: 3 }),
    fc.string({ unit: fc.constantFrom('{', '}', '[', ':', ' ', '\n', '- ', 'a', '&a', '*a', '"') }),
  )
  const set = fc.oneof(fc.string(), fc.constantFrom('model=1', 'data.train=x', 'data=[]', 'fleet=null', 'data.train.path=', 'seed=2'))
  fc.assert(
    fc.property(content, fc.constantFrom('json', 'yaml'), fc.array(set, { maxLength: 2 }), fc.boolean(), (text, kind, sets, whole) => {
      write(`fuzz.${kind}`, whole ? JSON.stringify(smallest) : text)
      try {
        expect(loadScenario(`fuzz.${kind}`, sets, root).scenario.fleet.length).toBeGreaterThan(0)
      } catch (error) {
        expect(error).toBeInstanceOf(InputError)
        expect((error as Error).message).not.toContain('\n')
      }
    }),
    { numRuns: 400 },
  )
})

function write(name: string, content: string): void {
  writeFileSync(join(root, name), content)
}

function lineFrom(name: string, sets: readonly string[] = []): string {
  try {
    loadScenario(name, sets, root)
  } catch (error) {
    return error instanceof InputError ? error.message : `not an InputError: ${String(error)}`
  }
  return 'nothing thrown'
}
