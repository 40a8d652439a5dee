/** What a session runs on. No names of machine or user: stores are passed on. */
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import type { Environment } from './kept-session.ts'

export function describeEnvironment(): Environment {
  const processor = cpus()[0]?.model.trim() ?? 'unknown'
  return {
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    processor,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  }
}
