/**
 * The memory that a sweep may hold under a phone's memory cap. It follows from the scenario alone, never from a measurement, since results depend in
 * the last bit on how a sweep is cut.
 */
import { AMPLE, type SweepBudget } from './sweep-plan.ts'

/** The bytes of a worker that has run, without its arena and activations: Node, ONNX Runtime, graphs, and garbage that V8 hasn't collected yet. */
const WORKER_BYTES = 98 * 10 ** 6

/** The bytes alive at once inside a call, divided by those of its widest activation, as measured on BERT-base. Tangents also need the values' residuals. */
export const ALIVE = { 'two-point': 6, jvp: 25 } as const

/** @param capBytes the cap of the whole process; undefined for no cap @param arenaBytes the part of it that weights and parameters take */
export function budgetUnder(capBytes: number | undefined, arenaBytes: number, probe: keyof typeof ALIVE = 'two-point'): SweepBudget {
  if (capBytes === undefined) return AMPLE
  const spare = Math.max(0, capBytes - WORKER_BYTES - arenaBytes)
  const stateBytes = Math.min(AMPLE.stateBytes, spare / 3)
  return { activationBytes: Math.min(AMPLE.activationBytes, (spare - stateBytes) / ALIVE[probe]), stateBytes }
}
