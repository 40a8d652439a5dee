/** Describes what a session runs on, without names of machine or user, since stores are passed on. */
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import type { Environment } from './session-data.ts'

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
