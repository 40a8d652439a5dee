/**
 * Measures what this machine computes with the lab's own graphs, as profiles that a scenario can name, and validates: half of the sizes give
 * the rate, the other half says how far a prediction by it is off.
 */
import { totalmem } from 'node:os'
import { WorkerProcess } from '#main/fleet/worker-process.ts'
import { computeCost } from '#main/timeline/cost-model.ts'
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'
import { thisMachine } from './bench-definition.ts'
import { type Resources, kernelsPath } from '#main/machine/resources.ts'
import type { MeasuredWork, WorkRequest, WorkSize } from './measured-work.ts'

interface CalibrationRequest {
  readonly resources: Resources
  /** Models to measure on, absolute paths of Hugging Face directories by name. The first gives the rates. */
  readonly checkpoints: readonly { readonly name: string; readonly path: string }[]
  readonly quick: boolean
  readonly onProgress: (line: string) => void
}

interface ValidatedWork extends MeasuredWork {
  readonly model: string
  /** True if the rate was computed from this work. */
  readonly calibrates: boolean
  readonly predictedSeconds: number
  /** The relative error: predicted over measured, less 1. */
  readonly error: number
}

export interface Calibration {
  readonly phoneGflops: number
  readonly cloudGflops: number
  readonly work: readonly ValidatedWork[]
  /** The median size of the errors over the works that gave no rate. */
  readonly medianError: number
  readonly largestError: number
  readonly profiles: readonly DeviceProfile[]
}

/** The sizes to measure; every second one validates instead of calibrating. */
const SIZES: readonly WorkSize[] = [
  { sequences: 4, tokens: 16, directions: 4 },
  { sequences: 8, tokens: 32, directions: 4 },
  { sequences: 16, tokens: 40, directions: 8 },
  { sequences: 8, tokens: 64, directions: 8 },
  { sequences: 16, tokens: 64, directions: 4 },
  { sequences: 16, tokens: 32, directions: 8 },
]
const REPEATS = 9
const JOULES_PER_GFLOP = 0.18
const TAU_SECONDS = 210

interface CalibrationCommands {
  work(request: WorkRequest): Promise<MeasuredWork[]>
}

export async function calibrate({ resources, checkpoints, quick, onProgress }: CalibrationRequest): Promise<Calibration> {
  const kernels = kernelsPath(resources)
  const worker = new WorkerProcess<CalibrationCommands>({ name: 'the engine', entry: resources.engineWorker, kernels })
  const measured: (MeasuredWork & { readonly model: string; readonly calibrates: boolean })[] = []
  try {
    await worker.whenReady()
    for (const [index, { name, path }] of checkpoints.entries()) {
      for (const [at, size] of (quick ? SIZES.slice(0, 2) : SIZES).entries()) {
        onProgress(`${name}: ${size.sequences} x ${size.tokens}, ${size.directions} directions`)
        const work = await worker.call.work({ checkpoint: path, sizes: [size], repeats: quick ? 2 : REPEATS, kernels })
        measured.push(...work.map((own) => ({ ...own, model: name, calibrates: index === 0 && at % 2 === 0 })))
      }
    }
  } finally {
    await worker.stop()
  }
  const [phoneGflops, cloudGflops] = [rateOf(measured, 'probes'), rateOf(measured, 'gradient')]
  const profiles = profilesOf(phoneGflops, cloudGflops)
  const work = measured.map((own): ValidatedWork => {
    const gflops = own.kind === 'probes' ? phoneGflops : cloudGflops
    const predictedSeconds = computeCost(own.flop, { gflops, nanojoulesPerFlop: JOULES_PER_GFLOP }, 0).seconds
    return { ...own, predictedSeconds, error: predictedSeconds / own.seconds - 1 }
  })
  const errors = work
    .filter(({ calibrates }) => !calibrates)
    .map(({ error }) => Math.abs(error))
    .toSorted((a, b) => a - b)
  return { phoneGflops, cloudGflops, work, medianError: errors[errors.length >> 1]!, largestError: errors.at(-1)!, profiles }
}

/** Divides all FLOP by all seconds, so that long work is predicted best: a small step has costs beside its FLOP. */
function rateOf(measured: readonly (MeasuredWork & { readonly calibrates: boolean })[], kind: MeasuredWork['kind']): number {
  const own = measured.filter((work) => work.kind === kind && work.calibrates)
  return significant(total(own.map(({ flop }) => flop)) / total(own.map(({ seconds }) => seconds)) / 1e9)
}

function total(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0)
}

/** Describes this machine as a phone and as the cloud: one thread each, as the lab's workers have. */
function profilesOf(phoneGflops: number, cloudGflops: number): DeviceProfile[] {
  const { processor, cores } = thisMachine()
  const ramBytes = totalmem()
  const common = {
    ramBytes,
    thermal: { floor: 1, tauSeconds: TAU_SECONDS },
    energyJoulesPerGflop: JOULES_PER_GFLOP,
    source: `measured by \`npm run lab -- calibrate\` on ${processor}, ${cores} cores: processor time of one thread; energy is an estimate`,
    estimated: ['thermal', 'energyJoulesPerGflop'] as DeviceProfile['estimated'],
  }
  return [
    { id: 'this-machine', name: 'This machine, as the cloud', kind: 'cloud', gflops: cloudGflops, ...common },
    {
      id: 'this-machine-phone',
      name: 'This machine, as a phone',
      kind: 'phone',
      memoryCapBytes: Math.floor(ramBytes / 2),
      gflops: phoneGflops,
      ...common,
    },
  ]
}

function significant(value: number): number {
  return Number(value.toPrecision(3))
}
