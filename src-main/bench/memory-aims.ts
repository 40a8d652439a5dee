/** The aims for the memory of a step, on the models and the batch they were set for. */
import { formatBytes } from '#shared/units/bytes.ts'
import type { Workload } from './workload.ts'

export interface MemoryAim {
  readonly words: string
  readonly met: boolean
}

/** @param model name of the checkpoint */
export function aimsOf(
  model: string,
  step: string,
  { batch }: Workload,
  found: { peakUnderCapBytes: number; capBytes: number },
): MemoryAim[] {
  if (batch.sequences !== 8 || batch.tokens !== 64 || step !== 'phone, fp32, two-point') return []
  const atMost = (what: string, bytes: number, megabytes: number): MemoryAim => {
    const aim = megabytes * 10 ** 6
    return { words: `${what} at most ${formatBytes(aim)} (${megabytes} MB)`, met: bytes <= aim }
  }
  if (model.startsWith('BERT-base')) return [atMost('peak under the cap', found.peakUnderCapBytes, 140), atMost('cap', found.capBytes, 150)]
  if (model.startsWith('BERT-large')) return [atMost('cap', found.capBytes, 200)]
  return []
}
