/** Describes the lab and its machine for a window that opens. */
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import type { LabDescription } from '#shared/api/lab-api.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'

export function describeCap(): LabDescription['cap'] {
  try {
    const { mechanism, rejected } = strongestMechanism()
    const held = mechanism.enforced
      ? `Caps are enforced by the operating system (${mechanism.name}).`
      : `Caps are monitored (${mechanism.name}): a supervisor samples and ends a process, so it may hold more for a moment.`
    return {
      mechanism: mechanism.name,
      enforced: mechanism.enforced,
      words: [held, ...rejected.map(({ name, why }) => `Not by ${name}: ${why}.`)].join(' '),
    }
  } catch (error) {
    return { mechanism: 'none', enforced: false, words: error instanceof Error ? error.message : String(error) }
  }
}

/** Describes the machine without names of machine or user. */
export function describeMachine(): LabDescription['environment'] {
  return {
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  }
}
