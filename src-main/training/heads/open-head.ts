/** The head that a task needs, for each way of going through the model. */
import type { Trained } from '#main/models/graphs.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import { GraphForwardHead, GraphGradientHead, GraphTangentHead } from './graph-head.ts'
import type { ForwardHead, GradientHead, TangentHead } from './head.ts'
import { NextWordForwardHead, NextWordGradientHead, NextWordTangentHead } from './next-word-head.ts'

function isNextWord(head: HeadSpec): boolean {
  return typeof head !== 'number' && head.kind === 'next-word'
}

export function openForwardHead(model: Model, weights: Weights, head: HeadSpec): Promise<ForwardHead> {
  return isNextWord(head) ? NextWordForwardHead.create(model, weights) : GraphForwardHead.create(model, head, weights.form)
}

/** @param place gives arrays that are kept between runs */
export function openTangentHead(
  model: Model,
  weights: Weights,
  head: HeadSpec,
  place: (name: string, length: number) => Float32Array,
): Promise<TangentHead> {
  return isNextWord(head) ? NextWordTangentHead.create(model, weights) : GraphTangentHead.create(model, head, weights.form, place)
}

export function openGradientHead(model: Model, weights: Weights, head: HeadSpec, trained: Trained): Promise<GradientHead> {
  return isNextWord(head) ? NextWordGradientHead.create(model, weights, trained === 'all') : GraphGradientHead.create(model, head, trained)
}
