/** A Hugging Face checkpoint directory, opened and checked: its config, its architecture and its weights by name. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { INT4_BLOCK, packs } from '#main/engine/operators/frozen-weight.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { architectures } from './architectures/index.ts'
import { type Architecture, type WeightSpec, fullName } from './architectures/architecture.ts'
import { readConfig } from './config.ts'
import type { ModelConfig } from './model-config.ts'
import { type HeadSpec, languageHeadOf } from './head-spec.ts'
import { classifierWeights } from './heads.ts'
import type { NarrowMatrix } from './precision.ts'
import { type Checkpoint, openCheckpoint, openFile } from './safetensors/checkpoint.ts'
import { PeftAdapter } from './peft.ts'
import { refuseQuantised } from './safetensors/quantised.ts'
import { sameTensors } from './safetensors/same-tensors.ts'
import { TensorNames } from './tensor-names.ts'
import { type DType, scaleName, scaleOf } from './safetensors/format.ts'
import type { Widen } from './safetensors/widen-in-place.ts'

interface ModelOptions {
  /** The classifier is drawn from the seed even where one is stored, whose classes then don't count. @default false */
  readonly freshHead?: boolean | undefined
  /** Directory of an adapter that PEFT saved: whole weights that it holds take the place of the checkpoint's. */
  readonly adapter?: string | undefined
}

/** A tensor, and which of the open files holds it. */
interface Stored {
  readonly file: Checkpoint
  readonly name: string
}

export class Model implements Disposable {
  readonly directory: string
  readonly config: ModelConfig
  readonly architecture: Architecture
  /** Weights that the checkpoint lacks and that were drawn from the seed instead, under Hugging Face names. */
  readonly fresh: readonly string[]
  private readonly checkpoint: Checkpoint
  private readonly names: TensorNames
  private readonly seed: number
  readonly freshHead: boolean
  private readonly adapter: PeftAdapter | null

  /**
   * @param weightsFile a safetensors file that holds the weights in place of the directory's own
   * @throws InputError naming the file and what is missing or of another shape
   */
  constructor(directory: string, seed: number, weightsFile: string | null = null, { freshHead = false, adapter }: ModelOptions = {}) {
    this.directory = directory
    this.seed = seed
    this.freshHead = freshHead
    const config = readConfig(directory)
    this.architecture = architectures[config.modelType]!
    this.adapter = adapter === undefined ? null : new PeftAdapter(adapter, this.architecture.prefix)
    try {
      this.checkpoint = weightsFile === null ? openCheckpoint(directory) : openFile(weightsFile)
    } catch (error) {
      this.adapter?.[Symbol.dispose]()
      throw error
    }
    try {
      if (weightsFile === null) refuseQuantised(directory, this.checkpoint.tensors)
      this.names = new TensorNames(this.architecture, config, this.checkpoint.tensors, directory)
      const named = freshHead ? { labels: null, labelCount: null, problem: null } : labelsBeside(adapter)
      this.config = { ...config, ...this.classesIn(config), ...named, tied: config.tied && !this.hasOwnOutput(config) }
      this.fresh = this.survey()
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  /** True if the checkpoint itself holds weight `name` (without the architecture's prefix). */
  has(name: string): boolean {
    return this.stored(name) !== null
  }

  /** The name that a weight has in the file, or would have there. */
  nameInFile(name: string): string {
    return this.names.nameOf(name)
  }

  /** The shape in which the checkpoint holds weight `name` (without the architecture's prefix); null if it lacks it. */
  shapeOf(name: string): readonly number[] | null {
    const stored = this.stored(name)
    return stored === null ? null : stored.file.tensors.get(stored.name)!.shape
  }

  /**
   * Reads `out.length` elements of a weight as float32, from `elementOffset` on. `name` lacks the architecture's prefix. What the
   * checkpoint doesn't hold of the pooler or a head is drawn from the seed: matrices with the config's deviation, scales 1, biases 0.
   * @param widen does it for narrow values of the file @default in JavaScript
   */
  read(name: string, out: Float32Array, elementOffset = 0, widen?: Widen): void {
    const stored = this.stored(name)
    if (stored !== null) stored.file.readFloats(stored.name, out, elementOffset, widen)
    else if (name.endsWith('.bias')) out.fill(0)
    else if (/norm\.weight$/i.test(name)) out.fill(1)
    else {
      const stream = new Stream(deriveKey(this.seed, 'fresh', name))
      for (let i = -elementOffset; i < out.length; i++) {
        const value = this.config.initializerRange * stream.normal()
        if (i >= 0) out[i] = value
      }
    }
  }

  /** The element type in which the checkpoint holds weight `name`, 'I8' only for rows with scales, 'U8' for int4; null if it lacks it. */
  storedAs(name: string): DType | null {
    const stored = this.stored(name)
    if (stored === null) return null
    const { dtype } = stored.file.tensors.get(stored.name)!
    return dtype === 'I8' && !scaleOf(stored.file.tensors, stored.name) ? null : dtype
  }

  /** Reads a whole weight as it is stored, and its scales where `scales` has places. It must be stored. */
  readStored(name: string, { values, scales }: NarrowMatrix): void {
    const stored = this.stored(name)!
    stored.file.readInto(stored.name, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    if (scales.length > 0) stored.file.readInto(scaleName(stored.name), scales)
  }

  /** True if the checkpoint itself holds the weight. @throws InputError if it does in another shape */
  holds(spec: WeightSpec): boolean {
    if (!this.has(spec.name)) return false
    this.check(spec)
    return true
  }

  /** @throws InputError if it can't give the scores of words */
  requireLanguageHead(): void {
    const head = this.architecture.languageHead(this.config)
    if (!head) throw new InputError(this.directory, `a ${this.config.modelType} without a language-model head`, 'a model that has one')
    const lacking = [...head.weights, head.matrix, ...(head.bias ? [head.bias] : [])].find((spec) => !this.holds(spec))
    if (lacking)
      throw new InputError(`${this.directory}: tensor ${lacking.name}`, 'is missing', 'a checkpoint with its language-model head')
  }

  /** True if the checkpoint holds a classifier. @throws InputError if it is not one of `classes` classes */
  holdsClassifier(classes: number): boolean {
    const [weight, bias] = classifierWeights(this.architecture, this.config, classes)
    if (!this.has(weight!.name)) return false
    const { file, name } = this.stored(weight!.name)!
    const stored = file.tensors.get(name)!.shape[0]
    if (stored !== classes) {
      throw new InputError(
        `${file.directory}: tensor ${name}`,
        `a classifier of ${stored} classes`,
        `${classes}, as many as the data has; or model.head "fresh" in the scenario, which trains a new one`,
      )
    }
    this.check(weight!)
    if (bias) this.check(bias)
    return true
  }

  [Symbol.dispose](): void {
    this.checkpoint?.close()
    this.adapter?.[Symbol.dispose]()
  }

  /** Finds out how the file names weights and which it lacks, and checks the shapes of the others. */
  private survey(): string[] {
    const { architecture, config } = this
    const specs = encoderWeights(architecture, config)
    // A decoder's is its last normalisation, which no checkpoint lacks.
    const pooler = new Set(config.decoder ? [] : architecture.poolerWeights(config).map(({ name }) => name))
    const fresh: string[] = []
    for (const spec of specs) {
      if (pooler.has(spec.name) && this.stored(spec.name) === null) fresh.push(fullName(architecture, spec.name))
      else this.check(spec)
    }
    return fresh
  }

  /**
   * Corrects the classes by the stored head: a single output means regression, and a single label without a head means nothing, as in GPT-2's
   * configs.
   */
  private classesIn({ problem, labels, labelCount }: ModelConfig): Partial<ModelConfig> {
    const outputs = this.shapeOf(`${this.architecture.classifier.name}.weight`)?.[0]
    if (outputs === 1) return { problem: problem ?? 'regression' }
    return outputs === undefined && labelCount === 1 ? { labels: null, labelCount: null } : { labels, labelCount }
  }

  /** True if the file has an output matrix of its own that isn't a copy of the word embedding. */
  private hasOwnOutput(config: ModelConfig): boolean {
    const [own, words] = [false, true].map((tied) => this.architecture.languageHead({ ...config, tied })?.matrix.name)
    const [output, embedding] = [own, words].map((name) => (name === undefined ? null : this.names.stored(name)))
    return output != null && embedding != null && !sameTensors(this.checkpoint, output, embedding)
  }

  private check({ name, shape, from, linear }: WeightSpec): void {
    const stored = this.stored(name)
    const file = `${stored?.file.directory ?? this.directory}: tensor ${stored?.name ?? this.names.nameOf(name)}`
    const wanted = `shape [${shape.join(', ')}] (${from} in config.json)`
    if (stored === null) throw new InputError(file, 'is missing', wanted)
    const { dtype, shape: found } = stored.file.tensors.get(stored.name)!
    if (dtype === 'U8' && linear) return this.checkPacked(file, stored.name, shape, linear.inFeatures)
    if (found.join() !== shape.join()) throw new InputError(file, `has shape [${found.join(', ')}]`, wanted)
  }

  /** Checks the layout of an int4 matrix: two weights a byte, and a scale per block. */
  private checkPacked(file: string, stored: string, shape: readonly number[], inFeatures: number): void {
    const { tensors } = this.checkpoint
    const size = shape.reduce((product, d) => product * d, 1)
    const [found, scales] = [tensors.get(stored)!.shape, tensors.get(scaleName(stored))?.shape ?? []]
    const wanted = [size / inFeatures, inFeatures / 2]
    if (packs(inFeatures) && found.join() === wanted.join() && scales.join() === [wanted[0], inFeatures / INT4_BLOCK].join()) return
    throw new InputError(file, `has shape [${found.join(', ')}] in int4`, `shape [${wanted.join(', ')}], and its scales beside it`)
  }

  /** Weights that the adapter holds in place of the checkpoint's, the classifier among them, by their names in the base model. */
  get replaced(): string[] {
    return this.adapter?.names.filter((name) => !/\.lora_[AB]\.weight$/.test(name)) ?? []
  }

  private stored(name: string): Stored | null {
    if (this.freshHead && name.startsWith(`${this.architecture.classifier.name}.`)) return null
    const inAdapter = this.adapter?.stored(fullName(this.architecture, name)) ?? null
    if (inAdapter !== null) return { file: this.adapter!.file, name: inAdapter }
    const inFile = this.names.stored(name)
    return inFile === null ? null : { file: this.checkpoint, name: inFile }
  }
}

/** The classes of an adapter's own head, where a config beside it names them. */
function labelsBeside(adapter: string | undefined): Partial<Pick<ModelConfig, 'labels' | 'labelCount'>> {
  if (adapter === undefined || !existsSync(join(adapter, 'config.json'))) return {}
  const { labels, labelCount } = readConfig(adapter)
  return labels === null ? {} : { labels, labelCount }
}

/** The name inside the model of a weight of block `layer`. */
export function blockWeightName(
  { blockPrefix }: Architecture,
  layer: number,
  { name, shared }: Pick<WeightSpec, 'name' | 'shared'>,
): string {
  return shared ? name : blockPrefix(layer) + name
}

/** Lists every weight of the model except a head's in checkpoint order, each once, names without the architecture's prefix. */
export function encoderWeights(architecture: Architecture, config: ModelConfig): WeightSpec[] {
  const blocks = Array.from({ length: config.layers }, (_, layer) =>
    architecture.blockWeights(config).map((spec) => ({ ...spec, name: blockWeightName(architecture, layer, spec) })),
  )
  const all = [...architecture.embeddingWeights(config), ...blocks.flat(), ...architecture.poolerWeights(config)]
  return [...new Map(all.map((spec) => [spec.name, spec])).values()]
}

/** Lists the weights of the encoder and those that the head reads beside them. */
export function modelWeights(architecture: Architecture, config: ModelConfig, head: HeadSpec): WeightSpec[] {
  const own = encoderWeights(architecture, config)
  if (typeof head === 'number') return own
  const { weights, matrix, bias } = languageHeadOf(architecture, config)
  const pooler = new Set(architecture.poolerWeights(config).map(({ name }) => name))
  const all = [...own.filter(({ name }) => !pooler.has(name)), ...weights, matrix, ...(bias ? [bias] : [])]
  return [...new Map(all.map((spec) => [spec.name, spec])).values()]
}
