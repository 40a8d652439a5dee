/**
 * Loads ONNX Runtime before the first command and lets it compute something small, so that an idle worker's size includes its code. A cap limits the
 * growth after that, which code loaded with the first real graph would distort.
 */
import { type ElementType, type Shape, elementCount } from '#main/engine/onnx/graph.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { bert } from '#main/models/architectures/bert.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import { blockForward, classifierForward, embedForward } from '#main/models/graphs.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'

const WIDTH = 8
const SMALL: ModelConfig = {
  modelType: 'bert',
  architectures: [],
  hiddenSize: WIDTH,
  intermediateSize: WIDTH,
  layers: 1,
  heads: 2,
  vocabularySize: WIDTH,
  maxPositions: WIDTH,
  typeVocabularySize: 2,
  normEpsilon: 1e-12,
  activation: 'gelu',
  initializerRange: 0,
  padTokenId: 0,
  tied: true,
  problem: null,
  labels: null,
  labelCount: null,
}
const ADAPTER = blockAdapter(bert, SMALL, { kind: 'lora', rank: 2, alpha: 2, targets: ['query'] })
const CLASSES = 2

/** The sizes of the symbolic dimensions: one probe, one sequence of two tokens. */
const SIZES: Readonly<Record<string, number>> = { P: 1, N: 1, S: 2, T: 2 }

export async function loadRuntime(): Promise<void> {
  for (const graph of [embedForward(bert, SMALL), blockForward(bert, SMALL, ADAPTER), classifierForward(bert, SMALL, CLASSES)]) {
    using session = await GraphSession.create(graph, 'warm-up')
    await session.run(Object.fromEntries(graph.inputs.map(({ name, shape, type }) => [name, zeros(shape, type)])))
  }
}

function zeros(shape: Shape, type: ElementType): Feeds[string] {
  const dims = shape.map((dimension) => (typeof dimension === 'number' ? dimension : SIZES[dimension]!))
  const size = elementCount(dims)
  return { data: type === 'int64' ? new BigInt64Array(size) : new Float32Array(size), dims }
}
