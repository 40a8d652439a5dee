/** Serialises a graph as an ONNX ModelProto (github.com/onnx/onnx, onnx.proto: the field numbers below are its). */
import { isWidening } from '../operators/frozen-weight.ts'
import { type Attribute, type Constant, type Graph, type Value, liveNodes } from './graph.ts'
import { ProtobufWriter } from './protobuf.ts'

const OPSET_VERSION = 20
const IR_VERSION = 9
const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int64: 7, float16: 10 } as const
const ATTRIBUTE = { float: 1, integer: 2, string: 3, integers: 7 } as const

/** The bytes of a model that computes `graph.outputs`; nodes and inputs that they don't need are left out. */
export function serialise(graph: Graph, name: string): Uint8Array {
  const live = liveNodes(graph)
  // ONNX Runtime goes back from the outputs and computes, of a node's inputs, those of later nodes first: weights whose widening stood
  // where it is used would all be widened before the first product.
  const nodes = [...live.filter(isWidening), ...live.filter((node) => !isWidening(node))]
  const used = new Set<Value>(nodes.flatMap((node) => node.inputs.slice(0, node.operator.runtimeInputs)))
  const proto = new ProtobufWriter()
  for (const node of nodes) {
    const nodeProto = new ProtobufWriter()
    for (const input of node.inputs.slice(0, node.operator.runtimeInputs)) nodeProto.bytes(1, input.name)
    for (const output of node.outputs) nodeProto.bytes(2, output.name)
    nodeProto.bytes(4, node.operator.type)
    for (const [key, value] of Object.entries(node.attributes)) nodeProto.bytes(5, attributeProto(key, value))
    if (node.operator.domain) nodeProto.bytes(7, node.operator.domain)
    proto.bytes(1, nodeProto)
  }
  proto.bytes(2, name)
  for (const [value, constant] of graph.constants) if (used.has(value)) proto.bytes(5, tensorProto(value.name, constant))
  for (const input of graph.inputs) if (used.has(input)) proto.bytes(11, valueInfoProto(input))
  for (const output of graph.outputs) proto.bytes(12, valueInfoProto(output))
  const model = new ProtobufWriter().integer(1, IR_VERSION).bytes(2, 'cooperlab').bytes(7, proto)
  model.bytes(8, new ProtobufWriter().bytes(1, '').integer(2, OPSET_VERSION))
  for (const domain of new Set(nodes.flatMap(({ operator }) => operator.domain ?? []))) {
    model.bytes(8, new ProtobufWriter().bytes(1, domain).integer(2, 1))
  }
  return model.finish()
}

/** Names of the inputs that a serialised `graph` asks for. */
export function requiredInputs(graph: Graph): string[] {
  const used = new Set<Value>(liveNodes(graph).flatMap((node) => node.inputs.slice(0, node.operator.runtimeInputs)))
  return graph.inputs.filter((input) => used.has(input)).map((input) => input.name)
}

function attributeProto(name: string, value: Attribute): ProtobufWriter {
  const proto = new ProtobufWriter().bytes(1, name)
  if (typeof value === 'number') return proto.integer(3, value).integer(20, ATTRIBUTE.integer)
  if (typeof value === 'string') return proto.bytes(4, value).integer(20, ATTRIBUTE.string)
  if ('float' in value) return proto.float(2, value.float).integer(20, ATTRIBUTE.float)
  return proto.integers(8, value).integer(20, ATTRIBUTE.integers)
}

function tensorProto(name: string, constant: Constant): ProtobufWriter {
  const raw =
    constant.type === 'float32'
      ? new Uint8Array(Float32Array.from(constant.data).buffer)
      : new Uint8Array(BigInt64Array.from(constant.data, (n) => BigInt(n)).buffer)
  return new ProtobufWriter().integers(1, constant.shape).integer(2, ELEMENT_TYPES[constant.type]).bytes(8, name).bytes(9, raw)
}

function valueInfoProto(value: Value): ProtobufWriter {
  const shape = new ProtobufWriter()
  for (const dimension of value.shape) {
    const proto = new ProtobufWriter()
    shape.bytes(1, typeof dimension === 'number' ? proto.integer(1, dimension) : proto.bytes(2, dimension))
  }
  const tensorType = new ProtobufWriter().integer(1, ELEMENT_TYPES[value.type]).bytes(2, shape)
  return new ProtobufWriter().bytes(1, value.name).bytes(2, new ProtobufWriter().bytes(1, tensorType))
}
