/** Full-parameter replicas over a checkpoint, with files in a folder that goes away after the tests, and the same arithmetic in memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { type Kernels, loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { DisplacedWeights } from '#main/training/full-parameters/displaced-weights.ts'
import { FullReplica } from '#main/training/full-parameters/full-replica.ts'
import { writeStartingWeights } from '#main/training/full-parameters/starting-weights.ts'
import { type WeightLayout, weightLayout } from '#main/training/full-parameters/weight-layout.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import type { ReplicaSpec } from '#main/training/replica.ts'
import { seeded, updateBytes } from '../../wire/terms.ts'
import { kernelBytes, projectRoot, replicaSpec, tinyDirectory } from '../tiny.ts'

export const encoderDirectory = join(projectRoot, 'resources/models/encoder')

const made: string[] = []
export function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cooperlab-full-'))
  made.push(directory)
  return directory
}
afterAll(() => made.forEach((directory) => rmSync(directory, { recursive: true, force: true })))

export interface Opened {
  readonly directory: string
  readonly files: { readonly start: string; readonly own: string }
  readonly model: Model
  readonly layout: WeightLayout
  readonly arena: Arena
  readonly kernels: Kernels
  readonly replica: FullReplica
}

/** @param directory with the files of an earlier replica, which this one continues */
export function openFull(checkpoint = tinyDirectory, spec: Partial<ReplicaSpec> = {}, directory?: string): Opened {
  const model = new Model(checkpoint, 7)
  const layout = weightLayout(model.architecture, model.config, 3)
  const home = directory ?? folder()
  const files = { start: join(home, 'start.safetensors'), own: join(home, 'model.safetensors') }
  if (directory === undefined) writeStartingWeights(files.start, model, layout, 7)
  const arena = new Arena(FullReplica.bytes + DisplacedWeights.bytes(layout) + 8 * layout.size + (1 << 16))
  const kernels = loadKernels(arena.memory, kernelBytes)
  const replica = new FullReplica(layout, replicaSpec(spec), files, arena, kernels)
  return { directory: home, files, model, layout, arena, kernels, replica }
}

/** An update along random directions, two of each of three phones and one that all share. */
export function updateOf(round: number, learningRate = 0.01): Uint8Array {
  const coefficient = (i: number): number => Math.sin(3 * round + i)
  const own = [0, 2, 5].flatMap((phone, i) => seeded(phone, round, [coefficient(2 * i + 1), coefficient(2 * i + 2)]))
  return updateBytes(round, learningRate, [...seeded('everybody', round, [coefficient(0)]), ...own])
}

/** All of theta as the replica reads it. */
export function thetaOf({ replica, layout, arena }: Opened): Float32Array {
  const mark = arena.mark()
  const out = arena.floats(layout.size)
  replica.readAt({ direction: null, scale: 0 }, 0, out)
  arena.release(mark)
  return out.slice()
}

/** z of a key, all of it at once. */
export function noiseOf(
  { layout, arena, kernels }: Opened,
  distribution: 'gaussian' | 'rademacher',
  ...key: Parameters<typeof noiseKey>
): Float32Array {
  const mark = arena.mark()
  const out = arena.floats(layout.size).fill(0)
  kernels[distribution === 'gaussian' ? 'addGaussian' : 'addRademacher'](arena.offsetOf(out), layout.size, 1, noiseKey(...key), 0)
  arena.release(mark)
  return out.slice()
}
