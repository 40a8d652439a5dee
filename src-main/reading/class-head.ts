/** Reads what a checkpoint says about its classes: their names, and the number of outputs of its classifier. */
import type { ClassHead } from '#main/data/classes.ts'
import type { Model } from '#main/models/model.ts'

export function classHeadOf(model: Pick<Model, 'config' | 'architecture' | 'shapeOf'>): ClassHead {
  return { names: model.config.labels, outputs: model.shapeOf(`${model.architecture.classifier.name}.weight`)?.[0] ?? null }
}
