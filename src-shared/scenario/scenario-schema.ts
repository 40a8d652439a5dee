/** The whole scenario and its smaller parts. */
import * as v from 'valibot'
import { dataSchema } from './data-schema.ts'
import { federationIssues } from './federation-issues.ts'
import { federationSchema } from './federation-schema.ts'
import { cloudSchema, fleetSchema } from './fleet-schema.ts'
import { fullParameterIssues } from './full-parameter-issues.ts'
import { methodIssues } from './method-issues.ts'
import { USUAL_METHOD, methodSchema } from './methods/index.ts'
import { modelSchema } from './model-schema.ts'
import { LONGEST_NAME, choice, filePath, flag, integer, optional, positive, required, share, text } from './rules.ts'
import { strict } from './strict.ts'
import { taskIssues } from './task-issues.ts'
import { taskSchema } from './task-schema.ts'

export const BIT_WIDTHS = [1, 2, 3, 4, 6, 8, 16] as const

export const policyNameSchema = choice(['sequential', 'overlapped', 'layerwise'])

const schedule = strict({
  policy: optional(
    'Everything waits (sequential), whole messages overlap computing (overlapped), or layer by layer (layerwise)',
    policyNameSchema,
    'sequential',
  ),
  stale: optional(
    'Whether phones probe along the directions of the round before while the new ones travel: hides their sending, and changes what is learned',
    flag(),
    false,
  ),
})

const compression = strict({
  controller: optional(
    "The same bits everywhere (fixed), bits chosen per layer by deadlines and links (adaptive), by a time for sending (budget) or by the gradient's norm (norm), or float32 (off)",
    choice(['fixed', 'adaptive', 'budget', 'norm', 'off']),
    'fixed',
  ),
  bits: optional("Bits per value of fixed, and of norm while a layer's gradient moves by more than half", choice(BIT_WIDTHS), 4),
  fewBits: optional('Bits per value of norm otherwise', choice(BIT_WIDTHS), 2),
  budgetSeconds: optional('Time that sending may take per round under budget', positive(), 1),
  errorFeedback: optional('Whether the cloud adds what coding lost to its next direction', flag(), true),
})

const evaluation = strict({
  every: optional('Rounds between two measurements of test accuracy', integer(1), 1),
  rows: optional('At most so many test rows per measurement', integer(1)),
})

const stop = strict({
  rounds: optional('Rounds at most', integer(1), 60),
  targetAccuracy: optional('Test accuracy to reach', share()),
  atTarget: optional('Whether reaching the target ends the run', flag(), true),
  forwardPasses: optional('Forward passes per phone at most', integer(1)),
  virtualSeconds: optional('Virtual time at most, seconds', positive()),
})

const keys = strict({
  name: optional('Shown in lists and reports', text('a name', LONGEST_NAME), 'untitled'),
  seed: optional('Key of all randomness: equal seeds give equal runs', integer(0), 1),
  model: required('What is fine-tuned', modelSchema),
  data: required('What it learns from', dataSchema),
  task: optional('What is learnt from a row', taskSchema, { kind: 'classification' }),
  method: optional('How the fleet learns', methodSchema, { kind: USUAL_METHOD }),
  fleet: required('The emulated phones, in groups of equal ones', fleetSchema),
  cloud: optional('The machine that plays the cloud', cloudSchema, {}),
  schedule: optional('What may overlap in virtual time', schedule, {}),
  compression: optional('How directions are coded on the way down', compression, {}),
  evaluation: optional('When accuracy is measured', evaluation, {}),
  stop: optional('When the run ends, whichever comes first', stop, {}),
  profiles: optional(
    'Devices and links of your own beside the shipped ones: a file { "devices": [], "links": [] } of the form of resources/devices.json and links.json, as calibrate writes it (relative to this file)',
    filePath('the path of a JSON or YAML file'),
  ),
  federation: optional(
    'Phones as they are in the field: sampled, lost, late, private; unless given, all are asked and waited for',
    federationSchema,
  ),
})

export const scenarioSchema = v.pipe(
  keys,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const issue of [fullParameterIssues, methodIssues, taskIssues, federationIssues].flatMap((issuesOf) => issuesOf(dataset.value)))
      addIssue(issue)
  }),
)

/** A scenario as a person writes it: everything with a default may be absent. */
export type ScenarioInput = v.InferInput<typeof scenarioSchema>
/** A scenario as a run uses it: defaults filled, sizes in bytes. It is also a valid input and parses to itself. */
export type Scenario = v.InferOutput<typeof scenarioSchema>
