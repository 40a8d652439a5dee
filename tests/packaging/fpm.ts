/**
 * As much of fpm as electron-builder asks for when it makes a deb, with dpkg-deb. A word that it doesn't know is an error, so that what it leaves out
 * is never taken for tested. https://fpm.readthedocs.io/en/v1.15.1/cli-reference.html
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const text = { type: 'string' } as const
const texts = { type: 'string', multiple: true } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    s: { ...text, short: 's' },
    t: { ...text, short: 't' },
    d: { ...texts, short: 'd' },
    force: { type: 'boolean' },
    architecture: text,
    'after-install': text,
    'after-remove': text,
    description: text,
    version: text,
    package: text,
    name: text,
    maintainer: text,
    vendor: text,
    url: text,
    license: text,
    'deb-priority': text,
    'deb-compression': text,
    'deb-recommends': texts,
  },
})
if (values.s !== 'dir' || values.t !== 'deb') throw new Error(`asked for ${values.s} to ${values.t}; this makes a deb of folders`)

const tree = mkdtempSync(join(tmpdir(), 'cooperlab-deb-'))
try {
  for (const pair of positionals) {
    const [from, to] = pair.split('=') as [string, string]
    mkdirSync(join(tree, dirname(to)), { recursive: true })
    cpSync(from, join(tree, to), { recursive: true, verbatimSymlinks: true })
  }
  const control = join(tree, 'DEBIAN')
  mkdirSync(control)
  const fields = {
    Package: values.name,
    Version: values.version,
    License: values.license,
    Vendor: values.vendor,
    Architecture: values.architecture,
    Maintainer: values.maintainer,
    Depends: values.d?.join(', '),
    Recommends: values['deb-recommends']?.join(', '),
    Section: 'default',
    Priority: values['deb-priority'],
    Homepage: values.url,
    Description: values.description,
  }
  const lines = Object.entries(fields).map(([name, value]) => {
    if (value === undefined) throw new Error(`a deb needs ${name}`)
    return `${name}: ${value}`
  })
  writeFileSync(join(control, 'control'), `${lines.join('\n')}\n`)
  for (const [option, name] of [
    ['after-install', 'postinst'],
    ['after-remove', 'postrm'],
  ] as const) {
    // prettier-ignore
    copyFileSync(values[option]!, join(control, name))
    chmodSync(join(control, name), 0o755)
  }
  // The quickest: nobody keeps what is made here.
  const words = ['--root-owner-group', '-Zgzip', '-z1', '--build', tree, values.package!]
  const { status } = spawnSync('dpkg-deb', words, { stdio: ['ignore', 'ignore', 'inherit'] })
  process.exitCode = status ?? 1
} finally {
  rmSync(tree, { recursive: true, force: true })
}
