/** `compression`: how directions are coded on the way down. Every controller has its name here, and nowhere else, with the keys that it reads. */
import type * as v from 'valibot'
import { choice, flag, optional, positive } from './rules.ts'
import { strict } from './strict.ts'

export const BIT_WIDTHS = [1, 2, 3, 4, 6, 8, 16] as const

/** The controllers by name, each with its name in the window. */
export const CONTROLLER_TITLES = {
  fixed: 'with fixed bits',
  adaptive: 'with bits for each link',
  budget: 'within a budget',
  norm: 'by gradient norm',
  off: 'uncompressed',
} as const

export type ControllerName = keyof typeof CONTROLLER_TITLES

export const compressionSchema = strict({
  controller: optional(
    "The same bits everywhere (fixed), bits chosen per layer by deadlines and links (adaptive), by a time for sending (budget) or by the gradient's norm (norm), or float32 (off)",
    choice(Object.keys(CONTROLLER_TITLES) as ControllerName[]),
    'fixed',
  ),
  bits: optional("Bits per value of fixed, and of norm while a layer's gradient moves by more than half", choice(BIT_WIDTHS), 4),
  fewBits: optional('Bits per value of norm otherwise', choice(BIT_WIDTHS), 2),
  budgetSeconds: optional('Time that sending may take per round under budget', positive(), 1),
  errorFeedback: optional('Whether the cloud adds what coding lost to its next direction', flag(), true),
})

export type CompressionKeys = v.InferOutput<typeof compressionSchema>
