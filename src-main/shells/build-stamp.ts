/**
 * Stamps a build with a hash of everything it was made of. The stamp tells if a build is current, since times of files say nothing after a checkout,
 * a copy or a build of one part alone.
 */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** The output of one build, in a folder of its own. */
export interface BuildPart {
  readonly folder: string
  /** Patterns of its sources, from the root of the checkout. */
  readonly sources: readonly string[]
}

// Files of a folder whose name begins with a dot are neither served nor packaged.
const STAMP = join('.vite', 'sources')
/** The setting of Vite's `build.license`, which lists bundled packages with their terms. */
export const LICENCES = { fileName: '.vite/licences.json' }

const APP = ['src-main/**/*', 'src-shared/**/*', 'package.json', 'package-lock.json', 'electron.vite.config.ts']

export const MAIN: BuildPart = { folder: 'out/main', sources: APP }
export const PRELOAD: BuildPart = { folder: 'out/preload', sources: APP }
export const RENDERER: BuildPart = {
  folder: 'out/renderer',
  sources: ['src-renderer/**/*', 'src-shared/**/*', 'resources/icons/icon.svg', 'package-lock.json', 'vite.renderer.config.ts'],
}
/** The lab's process and its workers, as a packaged app starts them. */
export const LAB: BuildPart = {
  folder: 'out/lab',
  sources: ['src-main/**/*', 'src-shared/**/*', 'package.json', 'package-lock.json', 'vite.lab.config.ts'],
}

export function isCurrent(root: string, part: BuildPart): boolean {
  try {
    return readFileSync(join(root, part.folder, STAMP), 'utf8') === stampOf(root, part)
  } catch {
    return false
  }
}

/** The part of Vite's plugin context that is used; see https://vite.dev/guide/api-plugin. */
interface Builder {
  getModuleIds(): Iterable<string>
  error(words: string): never
}

/** Plugin for Vite. A build that takes in a file which is not among its part's sources fails, since a change of it would go unseen. */
export function stamped(root: string, part: BuildPart) {
  // The stamp is of the sources at the start of the build, so that later changes cause another build.
  let stamp = ''
  return {
    name: 'cooperlab:stamp',
    apply: 'build' as const,
    buildStart(): void {
      stamp = stampOf(root, part)
    },
    buildEnd(this: Builder, failure?: Error): void {
      if (failure) return
      const sources = new Set(sourcesOf(root, part))
      const inside = `${root}${sep}`
      for (const id of this.getModuleIds()) {
        const file = id.split('?')[0]!.split('/').join(sep)
        if (!file.startsWith(inside)) continue
        const name = posix(relative(root, file))
        if (!name.startsWith('node_modules/') && !sources.has(name))
          this.error(`${name} is part of ${part.folder} but not among its sources`)
      }
    },
    writeBundle({ dir }: { dir?: string }): void {
      const file = join(dir ?? join(root, part.folder), STAMP)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, stamp)
    },
  }
}

function stampOf(root: string, part: BuildPart): string {
  const hash = createHash('sha256')
  for (const name of sourcesOf(root, part)) {
    const bytes = readFileSync(join(root, name))
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

/** Files alone, in the same order on every system. */
function sourcesOf(root: string, { sources }: BuildPart): string[] {
  const names = globSync([...sources], { cwd: root }).filter((name) => statSync(join(root, name)).isFile())
  return names.map(posix).sort()
}

const posix = (path: string): string => path.split(sep).join('/')
