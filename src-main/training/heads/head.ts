/** The head that ends a pass through the blocks: it computes the loss of every row, its derivatives along directions, or its gradient. */
import type { Feeds, Results } from '#main/engine/runtime/onnx-session.ts'
import type { BatchShape } from '#main/models/model-flops.ts'
import type { Batch } from '../batch.ts'
import type { SweepCall } from '../sweep-plan.ts'

export interface HeadResult {
  /** [p n] for p points and n sequences. */
  readonly losses: Float32Array
  /** [p n C] */
  readonly logits: Float32Array
  /** The number of predictions of every row that came true [p n], for heads without classes. */
  readonly hits: Float32Array | null
}

/** A call for some points on some of a batch's sequences. */
export interface HeadCall {
  readonly batch: Batch
  readonly call: Pick<SweepCall, 'first' | 'sequences'>
  /** [p, n, S, H] */
  readonly x: { readonly data: Float32Array; readonly dims: readonly number[] }
  /** The trained tensors, one copy per point, and the frozen ones. */
  readonly weights: Feeds
}

export interface ForwardHead extends Disposable {
  /** The number of logits of a row. */
  readonly classes: number
  forward(call: HeadCall): Promise<HeadResult>
  /** Returns the floating-point operations for one point. */
  flops(batch: BatchShape): number
}

export interface TangentHead extends Disposable {
  /** The number of logits of a row. */
  readonly classes: number
  /** Computes losses [n] and logits [n C] at one point; what their tangents need is kept until the next call. */
  values(call: HeadCall): Promise<Pick<HeadResult, 'losses' | 'logits'>>
  /**
   * @param dx tangents of the last call's x [K, 1, n, S, H] @param moves those of the trained tensors, `d <input>` [K, ...]
   * @returns those of the losses [K n] and of the logits [K n C]
   */
  tangents(dx: Feeds[string], moves: Feeds): Promise<Pick<HeadResult, 'losses' | 'logits'>>
  /** Returns the floating-point operations of the values, and of one tangent. */
  flops(batch: BatchShape): readonly [values: number, tangent: number]
}

/** Computes gradients of the mean loss over a whole batch. `gradients` holds `d <input>` of each trained tensor. */
export interface GradientHead extends Disposable {
  run(call: Omit<HeadCall, 'call'>): Promise<HeadResult & { readonly dx: Float32Array; readonly gradients: Results }>
}
