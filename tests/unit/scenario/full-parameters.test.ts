import { describe, expect, test } from 'vitest'
import { validateScenario } from '#shared/scenario/scenario.ts'

const issuesWith = (method: object, model: object = {}) =>
  validateScenario({
    model: { checkpoint: 'm', adapter: { kind: 'full' }, ...model },
    data: { train: { path: 'd.tsv' } },
    method,
    fleet: [{ profile: 'pixel-4' }],
  }).map(({ path, found, expected }) => `${path}: ${found}; expected ${expected}`)

describe('with every weight trained', () => {
  test.each([
    { kind: 'fedmezo', optimiser: 'sgd' },
    { kind: 'fedkseed' },
    { kind: 'decomfl', localSteps: 3 },
    { kind: 'fwdllm', optimiser: 'sgd', candidates: 1 },
  ])('methods that learn from seeds and scalars are as they always were (%o)', (method) => {
    expect(issuesWith(method)).toEqual([])
  })

  test.each(['cooper', 'heimda', 'fedavg', 'cloud-only'])('%s, where somebody has gradients, is refused', (kind) => {
    expect(issuesWith({ kind, optimiser: 'sgd' })).toEqual([
      `model.adapter.kind: "full"; expected "lora", "bitfit" or "bottleneck" with method.kind "${kind}", whose gradients would each be a second model`,
    ])
  })

  test.each([
    [{ kind: 'fedmezo' }, {}, /^method\.optimiser: "adam"; expected "sgd" with model\.adapter\.kind "full"/],
    [{ kind: 'fedmezo', optimiser: 'sgd', probe: 'jvp' }, {}, /^method\.probe: "jvp"; expected "two-point" with/],
    [{ kind: 'fwdllm', optimiser: 'sgd' }, {}, /^method\.candidates: 4; expected 1 with/],
    [{ kind: 'fedmezo', optimiser: 'sgd' }, { weights: 'int8' }, /^model\.weights: "int8"; expected "fp32" with .* no weight is frozen$/],
  ])('%o %o is refused, and the message says why', (method, model, message) => {
    const issues = issuesWith(method, model)
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatch(message)
  })

  test('nothing is refused that an adapter can do', () => {
    expect(issuesWith({ kind: 'cooper', probe: 'jvp' }, { adapter: { kind: 'lora' }, weights: 'int8' })).toEqual([])
  })

  test('an adapter has keys that all weights have not', () => {
    expect(issuesWith({ kind: 'fedmezo', optimiser: 'sgd' }, { adapter: { kind: 'full', rank: 8 } })).toEqual([
      'model.adapter.rank: unknown key; expected kind',
    ])
  })
})
