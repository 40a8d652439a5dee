/** The worker processes that this test process started and that still run, as Linux lists them; none elsewhere. */
import { readdirSync, readFileSync } from 'node:fs'

/** For `afterEach`. @throws if one is left, saying which */
export function expectNoWorkers(): void {
  const left = workers()
  if (left.length > 0) throw new Error(`processes left behind: ${left.map(({ entry, pid }) => `${entry} ${pid}`).join(', ')}`)
}

export function workers(): { pid: number; entry: 'device' | 'cloud' }[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1])
        const entry = /src-main\/workers\/(device|cloud)\.ts/.exec(readFileSync(`/proc/${name}/cmdline`, 'utf8'))?.[1]
        return parent === process.pid && entry ? [{ pid: Number(name), entry: entry as 'device' | 'cloud' }] : []
      } catch {
        return []
      }
    })
}
