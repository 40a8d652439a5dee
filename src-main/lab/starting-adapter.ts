/** The adapter that a session starts from, with its rank, its scale and the weights it attaches to: the scenario's, or a saved one. */
import { InputError } from '#shared/errors/input-error.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { type Architecture, fullName } from '#main/models/architectures/architecture.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { type Model, blockWeightName, encoderWeights } from '#main/models/model.ts'
import { isTarget, scalingOf } from '#main/models/peft-config.ts'
import { PeftAdapter } from '#main/models/peft.ts'
import type { SavedStart } from '#main/training/parameters.ts'

type Adapter = Scenario['model']['adapter']

/** @returns the scenario's adapter, with the settings of the saved one if it names one @throws InputError if it doesn't fit the model */
export function startingAdapter(adapter: Adapter, model: Model): { adapter: Adapter; start?: SavedStart } {
  if (adapter.kind !== 'lora' || adapter.from === undefined) return { adapter }
  const { architecture, config } = model
  using saved = new PeftAdapter(adapter.from, architecture.prefix)
  const known = architecture.linearTargets(config)
  const targets = Object.entries(known).flatMap(([target, { name }]) =>
    saved.has(nameIn(architecture, 0, `${name}.lora_A.weight`)) ? [target as (typeof adapter.targets)[number]] : [],
  )
  const layers = [...new Set(targets.map((target) => known[target]!.name))]
  const numbers = Array.from({ length: config.layers }, (_, layer) => layer)
  const expected = numbers.flatMap((layer) =>
    layers.flatMap((name) => ['A', 'B'].map((part) => nameIn(architecture, layer, `${name}.lora_${part}.weight`))),
  )
  const read = new Set([...expected.map((name) => saved.stored(name)), ...wholeWeights(model).map((name) => saved.stored(name))])
  const strange = saved.names.find((name) => !read.has(saved.stored(name)))
  const lacking = expected.find((name) => !saved.has(name))
  if (targets.length === 0 || strange !== undefined || lacking !== undefined) {
    const found = strange === undefined ? `no tensor ${lacking ?? 'of LoRA'}` : `the tensor ${strange}`
    const names = [...new Set(Object.values(known).map(({ name }) => name))].join(', ')
    throw new InputError(adapter.from, found, `LoRA of ${names} in all ${config.layers} layers, and whole weights of the model`)
  }

  const modules = numbers.flatMap((layer) => layers.map((name) => fullName(architecture, blockWeightName(architecture, layer, { name }))))
  const passes = numbers.flatMap((layer) => layers.map((name) => nameIn(architecture, layer, name)))
  const unasked = modules.find((module, i) => !isTarget(saved.config, module) && !isTarget(saved.config, passes[i]!))
  if (unasked !== undefined) {
    const where = `${adapter.from}/adapter_config.json:target_modules`
    throw new InputError(where, `nothing that names ${unasked}, of which the file has a tensor`, 'the modules that the file has')
  }
  const scalings = modules.map((module) => scalingOf(saved.config, module))
  const { rank, scale } = scalings[0]!
  const other = modules[scalings.findIndex((own) => own.rank !== rank)]
  if (other !== undefined) {
    const found = `another rank for ${other} than ${rank}, that of ${modules[0]}`
    throw new InputError(`${adapter.from}/adapter_config.json:rank_pattern`, found, 'one rank for all layers')
  }
  const start = { directory: adapter.from, prefix: architecture.prefix, scale }
  return { adapter: { ...adapter, rank, alpha: scale * rank, targets }, start }
}

/** Returns the names of the weights that a saved adapter may replace as a whole: those of the model itself and of its heads. */
function wholeWeights({ architecture, config }: Model): string[] {
  const head = architecture.languageHead(config)
  const ofHead = head ? [...head.weights, head.matrix, ...(head.bias ? [head.bias] : [])] : []
  const all = [...encoderWeights(architecture, config), ...classifierWeights(architecture, config, 1), ...ofHead]
  return all.map(({ name }) => fullName(architecture, name))
}

function nameIn(architecture: Architecture, layer: number, name: string): string {
  return fullName(architecture, (architecture.adapterPrefix?.(layer) ?? architecture.blockPrefix(layer)) + name)
}
