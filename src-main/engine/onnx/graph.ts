/**
 * A computation graph in ONNX terms, built node by node in topological order. Shapes are symbolic: a dimension is a number or a
 * name ('P' probes, 'N' sequences, 'S' tokens, 'K' tangents) or a product ('K*PNS'), so one graph, and one session, serves every batch.
 */
export type ElementType = 'float32' | 'float16' | 'int8' | 'uint8' | 'int64'
/** The form in which a graph takes matrices that aren't trained: float32, or narrow and widened where they are used. */
export type MatrixForm = 'fp32' | 'fp16' | 'int8' | 'int4'
export type Dimension = number | string
export type Shape = readonly Dimension[]
export type Attribute = number | string | readonly number[] | { readonly float: number }

export interface Value {
  readonly name: string
  readonly type: ElementType
  readonly shape: Shape
}

export interface Node {
  readonly operator: Operator
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** An ONNX operator and its derivatives. */
export interface Operator {
  /** The ONNX op_type. */
  readonly type: string
  /** @default ONNX's own */
  readonly domain?: string
  /** The number of inputs that the ONNX node has; the others only receive gradients. @default all */
  readonly runtimeInputs?: number
  /**
   * Appends the vector-Jacobian product: one gradient per input, undefined where none flows. `gradients` has one entry per
   * output, undefined where the output doesn't reach the loss.
   */
  readonly backward?: (graph: Graph, node: Node, gradients: readonly (Value | undefined)[]) => readonly (Value | undefined)[]
  /**
   * Appends the Jacobian-vector products: the tangents of the outputs, undefined where they are 0. `tangents` has one entry per
   * input, at least one of them defined. K tangents of a value ride in a dimension in front of its own: [K, ...shape].
   */
  readonly jvp?: (graph: Graph, node: Node, tangents: readonly (Value | undefined)[]) => readonly (Value | undefined)[]
}

export interface Constant {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

export class Graph {
  readonly weightForm: MatrixForm
  readonly inputs: Value[] = []
  readonly outputs: Value[] = []
  readonly nodes: Node[] = []
  readonly constants = new Map<Value, Constant>()
  private readonly names = new Set<string>()
  private readonly constantsByText = new Map<string, Value>()
  private readonly outputsByText = new Map<Operator, Map<string, Value[]>>()

  constructor(weightForm: MatrixForm = 'fp32') {
    this.weightForm = weightForm
  }

  /** The input of that name; asked for again, the same one: a weight may be used in several places. */
  input(name: string, shape: Shape, type: ElementType = 'float32'): Value {
    const known = this.inputs.find((own) => own.name === name && own.type === type && own.shape.join() === shape.join())
    if (known) return known
    const value = this.value(name, type, shape)
    this.inputs.push(value)
    return value
  }

  /** Marks `value` as an output called `name`. */
  output(name: string, value: Value): Value {
    const [named] = this.node(IDENTITY, [value], [{ type: value.type, shape: value.shape, name }])
    this.outputs.push(named!)
    return named!
  }

  constant(data: readonly number[], shape: readonly number[] = [data.length], type: ElementType = 'float32'): Value {
    const text = `${type}[${shape.join()}]${data.join()}`
    let value = this.constantsByText.get(text)
    if (!value) {
      value = this.value('constant', type, shape)
      this.constants.set(value, { type, shape, data })
      this.constantsByText.set(text, value)
    }
    return value
  }

  scalar(value: number): Value {
    return this.constant([value], [])
  }

  integers(data: readonly number[]): Value {
    return this.constant(data, [data.length], 'int64')
  }

  /** Appends a node, or gives the outputs of an equal one: derivatives ask for the same values again and again. */
  node(
    operator: Operator,
    inputs: readonly Value[],
    outputs: readonly { type?: ElementType; shape: Shape; name?: string }[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const text = JSON.stringify([inputs.map(({ name }) => name), outputs, attributes])
    const built = this.outputsByText.get(operator) ?? new Map<string, Value[]>()
    this.outputsByText.set(operator, built)
    const equal = built.get(text)
    if (equal) return equal
    const values = outputs.map((o) => this.value(o.name ?? operator.type.toLowerCase(), o.type ?? inputs[0]!.type, o.shape))
    this.nodes.push({ operator, inputs, outputs: values, attributes })
    built.set(text, values)
    return values
  }

  private value(name: string, type: ElementType, shape: Shape): Value {
    let unique = name
    for (let i = 1; this.names.has(unique); i++) unique = `${name}.${i}`
    this.names.add(unique)
    return { name: unique, type, shape }
  }
}

const IDENTITY: Operator = {
  type: 'Identity',
  backward: (_graph, _node, [gradient]) => [gradient],
  jvp: (_graph, _node, [tangent]) => [tangent],
}

/** Returns the nodes that `outputs` depend on, in order; the others would only cost time and memory. */
export function liveNodes(graph: Graph): Node[] {
  const needed = new Set<Value>(graph.outputs)
  const live: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue
    live.push(node)
    for (const input of node.inputs.slice(0, node.operator.runtimeInputs)) needed.add(input)
  }
  return live.reverse()
}

/** Elements of a tensor of this shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}
