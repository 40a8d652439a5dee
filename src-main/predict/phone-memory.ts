/**
 * Predicts the peak memory of a scenario's phone from the model's shapes: the idle worker as measured here, a constant that running adds whatever the
 * model, and the bytes of parameters, streamed weights, examples and activations.
 */
import { traitsOf } from '#shared/scenario/methods/index.ts'
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import { streamedBytes, widenedBytes } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { DisplacedWeights } from '#main/training/full-parameters/displaced-weights.ts'
import { FullReplica } from '#main/training/full-parameters/full-replica.ts'
import { weightLayout } from '#main/training/full-parameters/weight-layout.ts'
import { type ParameterLayout, parameterLayout } from '#main/training/parameters.ts'
import { Replica } from '#main/training/replica.ts'
import { displacedBytes } from '#main/training/sweep.ts'
import { ALIVE, budgetUnder } from '#main/training/sweep-budget.ts'
import { type BatchSize, callsOf, groupSizes } from '#main/training/sweep-plan.ts'
import { adamWBytes, adapterBackpropBytes } from './backprop-memory.ts'

/**
 * Measured bytes that running adds to an idle worker whatever the model: graphs, sessions of the runtime, garbage that V8 keeps until it collects.
 */
const RUNNING_BYTES = 12 * 10 ** 6

export interface DataSizes {
  readonly classes: number
  readonly privateRows: number
  /** Tokens of the longest row, [CLS] and [SEP] included, cut to the scenario's length. */
  readonly tokens: number
}

export interface PhoneMemory {
  /** The number of trained parameters, d. */
  readonly parameters: number
  /** Bytes of the whole process. @param capBytes its cap, to which a phone cuts its sweep */
  peakBytes(capBytes: number): number
  /** Bytes of a phone that would train every weight by backpropagation with AdamW on the same batch. */
  readonly backpropBytes: number
  /** Bytes of the cloud's process, which backpropagates where the method has it do so and keeps the model in any case. */
  readonly cloudBytes: number
}

/** @param idleBytes of a worker here that has the runtime loaded and nothing else */
export function phoneMemory(scenario: Scenario, model: Model, data: DataSizes, phones: number, idleBytes: number): PhoneMemory {
  const { batchSize, cloudBatchSize } = traitsOf(scenario.method)
  const batch = { sequences: Math.max(1, Math.min(batchSize, Math.ceil(data.privateRows / phones))), tokens: data.tokens }
  const base = idleBytes + RUNNING_BYTES + exampleBytes(data, phones)
  const { layout, peakBytes } = demand(scenario, model, data, batch)
  const cloudBatch = { sequences: Math.max(1, cloudBatchSize), tokens: data.tokens }
  return {
    parameters: layout.size,
    peakBytes: (capBytes) => Math.round(base + peakBytes(capBytes)),
    backpropBytes: Math.round(base + adamWBytes(model, data.classes, batch)),
    cloudBytes: Math.round(idleBytes + RUNNING_BYTES + cloudDemand(scenario, model, data, layout, cloudBatch)),
  }
}

/** Computes what the phone holds beyond any other worker. */
function demand(
  scenario: Scenario,
  model: Model,
  { classes }: DataSizes,
  batch: BatchSize,
): { layout: ParameterLayout; peakBytes(capBytes: number): number } {
  const { architecture, config } = model
  const { adapter: spec, weights: form } = scenario.model
  const { probe, directions: most } = traitsOf(scenario.method)
  const directions = most(classes, config.layers)
  const rows = probe === 'jvp' ? directions + 1 : 2 * directions
  if (spec.kind === 'full') {
    const layout = weightLayout(architecture, config, classes)
    const arenaBytes = FullReplica.bytes + DisplacedWeights.bytes(layout)
    return { layout, peakBytes: (capBytes) => arenaBytes + sweepBytes(model, batch, rows, 1, capBytes, arenaBytes, probe) }
  }
  const adapter = blockAdapter(architecture, config, spec)
  const head = headOf(scenario.task.kind, classes)
  const layout = parameterLayout(architecture, config, adapter, head)
  const replicaBytes = Replica.bytes(layout, keptBy(scenario, classes))
  if (probe === 'backprop') {
    const bytes = replicaBytes + adapterBackpropBytes(model, adapter, head, layout.size, batch)
    return { layout, peakBytes: () => bytes }
  }
  const arenaBytes = replicaBytes + streamedBytes(model, form, head) + displacedBytes(layout, batch.sequences)
  const fixedBytes = arenaBytes + widenedBytes(model, form)
  return { layout, peakBytes: (capBytes) => fixedBytes + sweepBytes(model, batch, rows, rows, capBytes, fixedBytes, probe) }
}

function cloudDemand(scenario: Scenario, model: Model, { classes }: DataSizes, layout: ParameterLayout, batch: BatchSize): number {
  const { adapter: spec } = scenario.model
  if (spec.kind === 'full') return FullReplica.bytes + DisplacedWeights.bytes(weightLayout(model.architecture, model.config, classes))
  const adapter = blockAdapter(model.architecture, model.config, spec)
  const replicaBytes = Replica.bytes(layout, keptBy(scenario, classes))
  return replicaBytes + adapterBackpropBytes(model, adapter, headOf(scenario.task.kind, classes), layout.size, batch)
}

/** Lists what a replica keeps beside its parameters. */
function keptBy(scenario: Scenario, classes: number): Parameters<typeof Replica.bytes>[1] {
  return { poolSize: traitsOf(scenario.method).poolSize(classes), retractable: takesNewtonSteps(scenario) }
}

/** The head has the task's kind; the choice of words for the classes makes no difference to memory. */
function headOf(task: Scenario['task']['kind'], classes: number): HeadSpec {
  if (task === 'classification') return classes
  return task === 'language-model' ? { kind: 'next-word' } : { kind: 'words', ids: Array<number>(classes).fill(0) }
}

/** Hidden states between blocks, and what is alive inside one call. @param together rows that may share a call */
function sweepBytes(
  { config }: Model,
  batch: BatchSize,
  rows: number,
  together: number,
  capBytes: number,
  fixedBytes: number,
  probe: keyof typeof ALIVE | 'backprop',
): number {
  const kind = probe === 'jvp' ? 'jvp' : 'two-point'
  const budget = budgetUnder(capBytes, fixedBytes, kind)
  const group = Math.max(...groupSizes(config, batch, rows, budget))
  const { sequences, tokens } = batch
  const stateBytes = 4 * sequences * tokens * config.hiddenSize * group
  const calls = callsOf(config, batch, Math.min(group, together), budget)
  const inCall = Math.max(...calls.map((call) => (call.to - call.from) * call.sequences))
  const widest = 4 * inCall * tokens * Math.max(config.intermediateSize, config.heads * tokens)
  return stateBytes + ALIVE[kind] * widest
}

/** Packed tokens with their starts and labels, of an even share. */
function exampleBytes({ privateRows, tokens }: DataSizes, phones: number): number {
  return 4 * (tokens + 2) * Math.ceil(privateRows / phones)
}
