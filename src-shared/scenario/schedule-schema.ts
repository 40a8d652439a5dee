/** `schedule`: what may overlap in virtual time. Every policy has its name here, and nowhere else. */
import { choice, flag, optional } from './rules.ts'
import { strict } from './strict.ts'

/** The policies by name: what each does, in words that the name can follow, and its name in the window. */
export const POLICY_WORDS = {
  sequential: { does: 'Everything waits', title: 'Sequential' },
  overlapped: { does: 'whole messages overlap computing', title: 'Overlapped' },
  layerwise: { does: 'layer by layer', title: 'Layer by layer' },
} as const

export type PolicyName = keyof typeof POLICY_WORDS

export const POLICY_NAMES = Object.keys(POLICY_WORDS) as PolicyName[]

export const policyNameSchema = choice(POLICY_NAMES)

/** "A (a), b (b), or c (c)" */
const described = POLICY_NAMES.map(
  (name, i) => `${i > 0 && i === POLICY_NAMES.length - 1 ? 'or ' : ''}${POLICY_WORDS[name].does} (${name})`,
).join(', ')

export const scheduleSchema = strict({
  policy: optional(described, policyNameSchema, 'sequential'),
  stale: optional(
    'Whether phones probe along the directions of the round before while the new ones travel: hides their sending, and changes what is learned',
    flag(),
    false,
  ),
})
