/**
 * Measures the time that the clock and the controller take on this machine: a round of 100 phones and 24 layers, a decision for 24 layers and 16
 * phones.
 */
import { AdaptiveController } from '#main/network/controller/adaptive.ts'
import type { CompressionRequest } from '#main/network/controller/decision.ts'
import { simulateRound } from '#main/timeline/simulate-round.ts'
import type { RoundWork } from '#main/timeline/round-work.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { median } from '../bench-definition.ts'

export interface Speed {
  readonly roundCpuMilliseconds: number
  readonly roundTasks: number
  readonly decisionMilliseconds: number
}

const LAYERS = 24
const ROUND_PHONES = 100
const DECISION_PHONES = 16

export function measureSpeed(repeats: number): Speed {
  const work = arbitraryRound()
  let roundTasks = 0
  const rounds = Array.from({ length: repeats }, () => {
    const before = process.cpuUsage()
    roundTasks = simulateRound(work, 'layerwise').tasks.length
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  const stream = new Stream(deriveKey(1, 'decisions'))
  const controller = new AdaptiveController()
  const decisions = Array.from({ length: 20 * repeats }, (_, round) => {
    const request = arbitraryRequest(round, stream)
    const before = performance.now()
    controller.choose(request)
    return performance.now() - before
  })
  return { roundCpuMilliseconds: median(rounds), roundTasks, decisionMilliseconds: median(decisions) }
}

function arbitraryRound(): RoundWork {
  const stream = new Stream(deriveKey(1, 'round'))
  const perLayer = (): number[] => Array.from({ length: LAYERS }, () => stream.uniform())
  const pace = (flop: number): number => flop
  return {
    cloud: { forwardFlop: perLayer(), backwardFlop: perLayer(), encodeFlop: perLayer() },
    cloudPace: pace,
    encodePace: pace,
    probesNeed: 'all-layers',
    messageBytes: perLayer().map((x) => 1e5 * (1 + x)),
    phones: Array.from({ length: ROUND_PHONES }, (_, i) => ({
      id: `phone-${i}`,
      pace,
      downSeconds: (bytes) => bytes / 1e5,
      upSeconds: (bytes) => bytes / 1e5,
      latencySeconds: () => 0.02,
      probeFlop: perLayer(),
      unguidedProbeFlop: stream.uniform(),
      upBytes: 100,
      updateDownBytes: 500,
      updateFlop: 0.1,
    })),
    serverFlop: 0.1,
  }
}

function arbitraryRequest(round: number, stream: Stream): CompressionRequest {
  const needSeconds = Array.from({ length: LAYERS }, (_, l) => 0.5 + 0.1 * l * stream.uniform())
  return {
    round,
    layers: Array.from({ length: LAYERS }, (_, l) => ({
      layer: LAYERS - 1 - l,
      values: 20_000,
      sensitivity: Math.exp(2 * stream.normal()),
      needSeconds: needSeconds[l]!,
    })),
    links: Array.from({ length: DECISION_PHONES }, (_, i) => ({
      id: `phone-${i}`,
      goodputSamples: Array.from({ length: 5 }, () => 1e6 * Math.exp(stream.normal())),
      needSeconds: needSeconds.map((need) => need + stream.uniform()),
    })),
    roundSeconds: 4,
    gradientNorm: 1 + 0.1 * stream.uniform(),
    candidateBytes: (_, bits) => 2500 * bits + 800,
    sparseBytes: (_, share) => 6 * 20_000 * share,
    canBeStale: true,
    canDoWithout: true,
  }
}
