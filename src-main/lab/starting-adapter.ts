/** The adapter that a scenario names, or the one that a saved adapter is: its rank, its scale and where it attaches. */
import { InputError } from '#shared/errors/input-error.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { elementCount } from '#main/engine/onnx/graph.ts'
import { type Architecture, fullName } from '#main/models/architectures/architecture.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { type Model, encoderWeights } from '#main/models/model.ts'
import { PeftAdapter } from '#main/models/peft.ts'

type Adapter = Scenario['model']['adapter']

/** @returns the adapter with what a saved one says in place of the scenario's, and its directory @throws InputError if it doesn't fit the model */
export function startingAdapter(adapter: Adapter, model: Model): { adapter: Adapter; start?: string } {
  if (adapter.kind !== 'lora' || adapter.from === undefined) return { adapter }
  using saved = new PeftAdapter(adapter.from)
  const { architecture, config } = model
  const known = architecture.linearTargets(config)
  const targets = Object.entries(known).flatMap(([target, { name }]) =>
    saved.has(nameIn(architecture, 0, `${name}.lora_A.weight`)) ? [target as (typeof adapter.targets)[number]] : [],
  )
  const layers = [...new Set(targets.map((target) => known[target]!.name))]
  const expected = new Set(
    Array.from({ length: config.layers }, (_, layer) =>
      layers.flatMap((name) => ['A', 'B'].map((part) => nameIn(architecture, layer, `${name}.lora_${part}.weight`))),
    ).flat(),
  )
  const head = new Set(classifierWeights(architecture, config, 1).map(({ name }) => name))
  const strange = saved.names.find((name) => !expected.has(name) && !head.has(name) && !keeps(saved, model, name))
  const lacking = [...expected].find((name) => !saved.has(name))
  if (targets.length === 0 || strange !== undefined || lacking !== undefined) {
    const found = strange === undefined ? `no tensor ${lacking ?? 'of LoRA'}` : `the tensor ${strange}`
    throw new InputError(
      adapter.from,
      found,
      `LoRA of ${Object.values(known)
        .map(({ name }) => name)
        .join(', ')} in all ${config.layers} layers`,
    )
  }
  return { adapter: { ...adapter, rank: saved.rank, alpha: saved.alpha, targets }, start: adapter.from }
}

/** The saved tensor is a weight of the model as it is: it was saved beside the adapter so that others have the same. */
function keeps(saved: PeftAdapter, model: Model, name: string): boolean {
  const spec = encoderWeights(model.architecture, model.config).find((weight) => fullName(model.architecture, weight.name) === name)
  if (!spec) return false
  const [theirs, own] = [0, 1].map(() => new Float32Array(elementCount(spec.shape))) as [Float32Array, Float32Array]
  saved.read(name, spec.shape, theirs)
  model.read(spec.name, own)
  return theirs.every((value, i) => value === own[i])
}

function nameIn(architecture: Architecture, layer: number, name: string): string {
  return fullName(architecture, (architecture.adapterPrefix?.(layer) ?? architecture.blockPrefix(layer)) + name)
}
