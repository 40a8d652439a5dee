/**
 * The memory that a sweep may hold under a phone's memory cap. It follows from the scenario alone, never from a measurement, since results depend in
 * the last bit on how a sweep is cut.
 */
import { AMPLE, type SweepBudget } from './sweep-plan.ts'

/** Bytes of a worker that has run, without its arena and activations: Node, ONNX Runtime, graphs, what V8 keeps until it collects. */
const WORKER_BYTES = 98 * 10 ** 6

/** Bytes alive at once inside a call, over those of its widest activation: measured, on BERT-base. Tangents need the values' residuals. */
export const ALIVE = { 'two-point': 6, jvp: 25 } as const

/** @param capBytes of the whole process; without one nothing is short @param arenaBytes what weights and parameters take of it */
export function budgetUnder(capBytes: number | undefined, arenaBytes: number, probe: keyof typeof ALIVE = 'two-point'): SweepBudget {
  if (capBytes === undefined) return AMPLE
  const spare = Math.max(0, capBytes - WORKER_BYTES - arenaBytes)
  const stateBytes = Math.min(AMPLE.stateBytes, spare / 3)
  return { activationBytes: Math.min(AMPLE.activationBytes, (spare - stateBytes) / ALIVE[probe]), stateBytes }
}
