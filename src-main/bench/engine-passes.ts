/** A forward pass, and the gradient of LoRA and classifier with everything kept and with checkpointing, against PyTorch's. */
import { Backprop, type Kept } from '#main/training/backprop.ts'
import { adapterGradient } from '#main/training/adapter-gradient.ts'
import { Sweep } from '#main/training/sweep.ts'
import type { EngineRequest } from './engine-request.ts'
import { type Comparison, type Timed, compared, inTurn, processorSeconds } from './in-turn.ts'
import { OpenedModel } from './opened-model.ts'
import { type PeerVersion, TorchPeer } from './torch-peer.ts'
import { workloadOn } from './workload.ts'

export interface PassesResult {
  readonly sequences: number
  readonly tokens: number
  readonly comparisons: readonly Comparison[]
  /** The peer's times; null where there is none, with the reason. */
  readonly peer: PeerVersion | null
  readonly noPeer: string | null
  /** The largest relative difference of losses and gradient norms from PyTorch's; null without a peer. */
  readonly largestDifference: number | null
}

const FORWARD_AIM = 1.05
const GRADIENT_AIM = 1.25

export async function comparePasses({ checkpoint, quick, kernels, torchPeer }: EngineRequest): Promise<PassesResult> {
  const rounds = quick ? 2 : checkpoint.small ? 25 : 5
  const workload = quick ? workloadOn(checkpoint.path, 2, 16) : workloadOn(checkpoint.path, 8, 64)
  const { sequences, tokens } = workload.batch
  using opened = new OpenedModel(workload, 'resident', kernels)
  spread(opened.replica.values)
  using sweep = await Sweep.create(...opened.parts)
  using keeping = await backpropOf(opened, 'everything')
  using checkpointing = await backpropOf(opened, 'checkpoints')
  const started = await TorchPeer.start(torchPeer, opened)
  using peer = typeof started === 'string' ? null : started

  const { batch, replica, layout } = opened
  const gradient = (backprop: Backprop) => adapterGradient(backprop, layout, replica.values, batch)
  const ours = {
    forward: () => processorSeconds(() => sweep.run(batch, replica.values, [{ direction: null, scale: 0 }], replica.combiner)),
    gradient: () => processorSeconds(() => gradient(keeping)),
    checkpointed: () => processorSeconds(() => gradient(checkpointing)),
  }
  const theirs: Record<'torchForward' | 'torchGradient', Timed> | null = peer && {
    torchForward: async () => (await peer.do('forward')).seconds,
    torchGradient: async () => (await peer.do('gradient')).seconds,
  }
  const kept = 'LoRA gradient'
  const recomputed = 'LoRA gradient with checkpointing'
  const size = { sequences, tokens }
  if (!peer || !theirs) {
    const seconds = await inTurn(rounds, ours)
    const comparisons = [compared([recomputed, seconds.checkpointed], [kept, seconds.gradient], null)]
    return { ...size, comparisons, peer: null, noPeer: started as string, largestDifference: null }
  }
  const seconds = await inTurn(rounds, { ...ours, ...theirs })
  const comparisons = [
    compared(['forward', seconds.forward], ['PyTorch', seconds.torchForward], FORWARD_AIM),
    compared([kept, seconds.gradient], ['PyTorch', seconds.torchGradient], GRADIENT_AIM),
    compared([recomputed, seconds.checkpointed], ['PyTorch', seconds.torchGradient], null),
  ]
  const expected = await peer.do('gradient')
  const differences = [await gradient(keeping), await gradient(checkpointing)].flatMap((found) => [
    Math.abs(found.loss / expected.loss - 1),
    Math.abs(norm(found.gradient) / expected.gradientNorm! - 1),
  ])
  return { ...size, comparisons, peer: peer.version, noPeer: null, largestDifference: Math.max(...differences) }
}

function backpropOf({ model, weights, adapter, workload }: OpenedModel, kept: Kept): Promise<Backprop> {
  return Backprop.create(model, weights, adapter, workload.classes, 'adapter', kept)
}

function norm(gradient: Float32Array): number {
  return Math.sqrt(gradient.reduce((sum, x) => sum + x * x, 0))
}

/** Puts something where training starts at zero, so that no gradient is zero for that. */
function spread(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) if (values[i] === 0) values[i] = 0.01 * Math.sin(i)
}
