/** The whole scenario and its smaller parts. */
import * as v from 'valibot'
import { compressionSchema } from './compression-schema.ts'
import { dataSchema } from './data-schema.ts'
import { federationIssues } from './federation-issues.ts'
import { federationSchema } from './federation-schema.ts'
import { cloudSchema, fleetSchema } from './fleet-schema.ts'
import { fullParameterIssues, taskIssues, methodIssues } from './combination-issues.ts'
import { USUAL_METHOD, methodSchema } from './methods/index.ts'
import { modelSchema } from './model-schema.ts'
import { LONGEST_NAME, filePath, flag, integer, optional, positive, required, share, text } from './rules.ts'
import { scheduleSchema } from './schedule-schema.ts'
import { strict } from './strict.ts'
import { taskSchema } from './task-schema.ts'

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
  slots: optional(
    'Processes that play the phones, at most, in turns; unless given, each phone has its own up to 32 phones, and more phones get as many as cores and memory bear. The result is the same',
    integer(1),
  ),
  cloud: optional('The machine that plays the cloud', cloudSchema, {}),
  schedule: optional('What may overlap in virtual time', scheduleSchema, {}),
  compression: optional('How directions are coded on the way down', compressionSchema, {}),
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
