/** A phone's process that does once what `FAULT` says, in the round it says; otherwise like any other. Entry point of a worker. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { PhoneProgram } from '../../../src-main/workers/phone-program.ts'
import { loadRuntime } from '../../../src-main/workers/runtime.ts'
import { serve } from '../../../src-main/workers/serve.ts'
import { endWarmStart } from '../../../src-main/workers/warm-start.ts'
import type { ProbeReport } from '../../../src-main/workers/protocol/probe-report.ts'
import type { ProbeRequest } from '../../../src-main/workers/protocol/probe-request.ts'
import type { PhoneSpec } from '../../../src-main/workers/protocol/training-spec.ts'

export interface Fault {
  readonly phone: number
  readonly round: number
  readonly kind: 'exit' | 'crash' | 'v8-out-of-memory' | 'hang' | 'no report' | 'garbled frame' | 'another name' | 'uncaught' | 'noise'
  /** Made when it has happened. */
  readonly mark: string
}

if (process.argv[2] === '--warm') endWarmStart()
const fault = JSON.parse(process.env['COOPERLAB_FAULT'] ?? 'null') as Fault | null

class FaultyPhone extends PhoneProgram {
  private phone = -1

  override open(spec: PhoneSpec): Promise<string> {
    this.phone = spec.phone
    return super.open(spec)
  }

  override async probe(request: ProbeRequest): Promise<ProbeReport> {
    const report = await super.probe(request)
    if (!fault || fault.phone !== this.phone || fault.round !== request.round || existsSync(fault.mark)) return report
    writeFileSync(fault.mark, '')
    switch (fault.kind) {
      case 'exit':
        return process.exit(3)
      case 'crash':
        process.kill(process.pid, 'SIGSEGV')
        return new Promise(() => {})
      case 'v8-out-of-memory': {
        const hoard: unknown[] = []
        for (;;) hoard.push(Array.from({ length: 1e6 }).fill(0.1))
      }
      case 'hang':
        for (;;);
      case 'no report':
        return { frame: 'nothing', batches: 7 } as unknown as ProbeReport
      case 'garbled frame':
        report.frame[report.frame.length - 3]! ^= 0xff
        return report
      case 'another name':
        return new FaultyPhone(kernels, () => {}).impostor(request, report)
      case 'uncaught':
        setTimeout(() => {
          throw new Error('nobody caught this')
        })
        return new Promise(() => {})
      case 'noise':
        for (const noise of [null, 7, 'x', [], {}, { t: 'x' }, { t: 's', i: 'nobody' }]) process.send!(noise)
        return report
    }
  }

  /** The report of a phone of another index, which this one sends as its own. */
  private impostor(_: ProbeRequest, report: ProbeReport): ProbeReport {
    return { ...report, frame: renamed(report.frame) }
  }
}

function renamed(frame: Uint8Array): Uint8Array {
  const { phone: _, ...rest } = readScalars(frame)
  return writeScalars({ ...rest, phone: 99 })
}

const { readScalars, writeScalars } = await import('#main/wire/scalars-frame.ts')
const kernels = readFileSync(process.argv[2]!)
await loadRuntime()
serve(({ doing }) => new FaultyPhone(kernels, doing))
