/**
 * `npm run notices`: what packages carry of others and under which terms, as a text for people. It has what the last builds bundled, the packages that
 * are shipped as they are, and Node; Electron and Chromium bring their own beside the program.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
// @ts-expect-error a settings file without types
import config from '../../electron-builder.config.mjs'
import { LAB, LICENCES, MAIN, PRELOAD, RENDERER } from '../../src-main/shells/build-stamp.ts'
import { root } from './npm.ts'

export interface Terms {
  readonly name: string
  readonly version: string
  /** SPDX, as its package.json has it. */
  readonly identifier: string
  /** Licence and notices in full. */
  readonly text: string
}

/** Packages whose licence says who holds the rights, but not in a file of the package. */
const HOLDERS: Readonly<Record<string, string>> = {
  'onnxruntime-common': 'Microsoft Corporation',
  'onnxruntime-node': 'Microsoft Corporation',
  '@koromix/koffi': 'Niels Martignène',
}

/** By name and then version. @throws Error if a build has left no list, or for a package without terms */
export function thirdParties(): Terms[] {
  const all = [...[MAIN, PRELOAD, RENDERER, LAB].flatMap(({ folder }) => bundled(folder)), ...shipped().map(ofPackage)]
  const byName = new Map(all.map((terms) => [`${terms.name} ${terms.version}`, terms]))
  return [...byName.keys()].sort().map((key) => byName.get(key)!)
}

export function noticesText(parties: readonly Terms[]): string {
  const line = '-'.repeat(80)
  const head = [
    'CooperLab is made with the work of others. Here is what it carries of them, each under its own terms.',
    'Electron and Chromium have theirs beside the program, in LICENSE.electron.txt and LICENSES.chromium.html.',
    '',
    ...parties.map(({ name, version, identifier }) => `${name} ${version}: ${identifier}`),
  ]
  const each = parties.map(({ name, version, identifier, text }) =>
    [line, `${name} ${version} (${identifier})`, line, '', text.trim(), ''].join('\n'),
  )
  return [...head, '', ...each].join('\n')
}

/** Vite's own list of what went into a build. */
function bundled(folder: string): Terms[] {
  const file = join(root, folder, LICENCES.fileName)
  let list: readonly Partial<Terms>[]
  try {
    list = JSON.parse(readFileSync(file, 'utf8')) as readonly Partial<Terms>[]
  } catch {
    throw new Error(`${folder} has no list of what it was bundled from; build it first`)
  }
  return list.map(({ name = '', version = '', identifier = '', text = '' }) => withTerms(name, version, identifier, text))
}

/** Folders of packages that are copied, and of the one that the kernels were compiled with, whose library is in them. */
function shipped(): string[] {
  const places = (config.extraResources as readonly { readonly from: string; readonly to: string }[]).flatMap(({ from, to }) => {
    if (to.startsWith('lab/node_modules/')) return [join(root, from)]
    return /^lab\/node(\.exe)?$/.test(to) ? [dirname(dirname(from))] : []
  })
  return [...places, dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json'))]
}

function ofPackage(folder: string): Terms {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    'name' | 'version' | 'license',
    string
  >
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying|third-?party-?notices)/i.test(file))
  return withTerms(
    name,
    version,
    license,
    files
      .sort()
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n\n'),
  )
}

function withTerms(name: string, version: string, identifier: string, text: string): Terms {
  if (identifier !== '' && text !== '') return { name, version, identifier, text }
  const [, holder] = Object.entries(HOLDERS).find(([begin]) => name.startsWith(begin)) ?? []
  if (identifier !== 'MIT' || holder === undefined) throw new Error(`${name} ${version} has no file with its licence; add its terms here`)
  return { name, version, identifier, text: ownTerms().replace(/^Copyright .*$/m, `Copyright (c) ${holder}`) }
}

/** The MIT licence, which is also this project's. */
const ownTerms = (): string => readFileSync(join(root, 'LICENSE'), 'utf8')

// Not `import.meta.main`, which the oldest Node of this project doesn't have.
if (process.argv[1] === import.meta.filename) {
  const file = join(root, 'out', 'THIRD-PARTY-NOTICES.txt')
  const parties = thirdParties()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, noticesText(parties))
  console.log(`${file}: ${parties.length} packages`)
}
