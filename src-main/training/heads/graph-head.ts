/** Heads that are one graph: a classifier, or the scores of some words. */
import { flops } from '#main/engine/onnx/graph-flops.ts'
import type { Graph, MatrixForm } from '#main/engine/onnx/graph.ts'
import type { Linearised } from '#main/engine/onnx/linearise.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { type BatchShape, dimensions } from '#main/models/model-flops.ts'
import { type Trained, classifierBackward, classifierForward, classifierTangents } from '#main/models/graphs.ts'
import { type HeadSpec, classesOf } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import { residualArrays } from '../residual-arrays.ts'
import type { ForwardHead, GradientHead, HeadCall, HeadResult, TangentHead } from './head.ts'

export class GraphForwardHead implements ForwardHead {
  readonly classes: number
  private readonly graph: Graph
  private readonly session: GraphSession

  private constructor(classes: number, graph: Graph, session: GraphSession) {
    this.classes = classes
    this.graph = graph
    this.session = session
  }

  static async create({ architecture, config }: Model, head: HeadSpec, form: MatrixForm): Promise<GraphForwardHead> {
    const graph = classifierForward(architecture, config, head, form)
    return new GraphForwardHead(classesOf(head), graph, await GraphSession.create(graph, 'head'))
  }

  async forward({ x, weights, ...where }: HeadCall): Promise<HeadResult> {
    const { losses, logits } = await this.session.run({ x, ...weights, ...given(where) })
    return { losses: losses!.data, logits: logits!.data, hits: null }
  }

  flops(batch: BatchShape): number {
    return flops(this.graph, dimensions(batch, 1))
  }

  [Symbol.dispose](): void {
    this.session[Symbol.dispose]()
  }
}

export class GraphTangentHead implements TangentHead {
  readonly classes: number
  private readonly graphs: Linearised
  private readonly primal: GraphSession
  private readonly linear: GraphSession
  private readonly place: (name: string, length: number) => Float32Array
  private known: Feeds = {}

  private constructor(classes: number, graphs: Linearised, primal: GraphSession, linear: GraphSession, place: GraphTangentHead['place']) {
    this.classes = classes
    this.graphs = graphs
    this.primal = primal
    this.linear = linear
    this.place = place
  }

  /** @param place gives arrays that are kept between runs */
  static async create(
    { architecture, config }: Model,
    head: HeadSpec,
    form: MatrixForm,
    place: (name: string, length: number) => Float32Array,
  ): Promise<GraphTangentHead> {
    const graphs = classifierTangents(architecture, config, head, form)
    const primal = await GraphSession.create(graphs.primal, 'head')
    const linear = await GraphSession.create(graphs.linear[0]!, 'head-tangents')
    return new GraphTangentHead(classesOf(head), graphs, primal, linear, place)
  }

  async values({ x, weights, ...where }: HeadCall): ReturnType<TangentHead['values']> {
    const shape = { sequences: where.call.sequences, tokens: where.batch.tokens }
    const residuals = residualArrays(this.graphs, shape, (name, length) => this.place(`residual ${name}`, length))
    const known = { x, ...weights, ...given(where) }
    const { losses, logits } = await this.primal.run(known, residuals)
    this.known = { ...known, ...residuals }
    return { losses: losses!.data, logits: logits!.data }
  }

  async tangents(dx: Feeds[string], moves: Feeds): ReturnType<TangentHead['tangents']> {
    const results = await this.linear.run({ ...this.known, 'd x': dx, ...moves })
    return { losses: results['d losses']!.data, logits: results['d logits']!.data }
  }

  flops(batch: BatchShape): readonly [number, number] {
    const sizes = { ...dimensions(batch, 1), K: 1 }
    return [flops(this.graphs.primal, sizes), flops(this.graphs.linear[0]!, sizes)]
  }

  [Symbol.dispose](): void {
    for (const session of [this.primal, this.linear]) session[Symbol.dispose]()
  }
}

export class GraphGradientHead implements GradientHead {
  private readonly session: GraphSession

  private constructor(session: GraphSession) {
    this.session = session
  }

  static async create({ architecture, config }: Model, head: HeadSpec, trained: Trained): Promise<GraphGradientHead> {
    return new GraphGradientHead(await GraphSession.create(classifierBackward(architecture, config, head, trained), 'classifier-backward'))
  }

  async run({ batch, x, weights }: Omit<HeadCall, 'call'>): ReturnType<GradientHead['run']> {
    const { sequences } = batch
    const dLosses = { data: new Float32Array(sequences).fill(1 / sequences), dims: [1, sequences, 1] }
    const gradients = await this.session.run({ x, dLosses, ...weights, ...given({ batch, call: { first: 0, sequences } }) })
    const { losses, logits, 'd x': dx } = gradients
    return { losses: losses!.data, logits: logits!.data, hits: null, dx: dx!.data, gradients }
  }

  [Symbol.dispose](): void {
    this.session[Symbol.dispose]()
  }
}

/** Returns the batch's inputs of the graphs: labels, and the places they read. */
function given({ batch, call: { first, sequences } }: Pick<HeadCall, 'batch' | 'call'>): Feeds {
  const { tokens } = batch
  return {
    labels: { data: batch.labels.subarray(first, first + sequences), dims: [sequences] },
    pick: { data: batch.pick.subarray(first * tokens, (first + sequences) * tokens), dims: [sequences, 1, tokens] },
  }
}
