import { describe, expect, test } from 'vitest'
import { type ConditionResult, compare } from '#main/bench/methods/comparison.ts'
import { figureText, ratioText, reachFigure, statementText } from '#main/bench/methods/figures-as-text.ts'
import { type Made, entryOf, madeRecord } from './records.ts'

const runs = (name: string, ...made: Made[]) => ({
  entry: entryOf(name),
  records: made.map((one, i) => madeRecord(name, { seed: i + 1, ...one })),
})
const condition = { name: 'same', title: 'drawn like the private data' }

/** cooper passes .6 after 40 passes and 8 s; fedmezo ends at .6 after 100 and 10 s; decomfl at .5. */
const methods = [
  runs('cooper', { accuracies: [0.2, 0.4, 0.6, 0.7, 0.75, 0.8], seconds: 4 }),
  runs('fedmezo', { accuracies: [0.2, 0.3, 0.4, 0.5, 0.55, 0.6] }),
  runs('decomfl', { accuracies: [0.2, 0.25, 0.3, 0.35, 0.4, 0.5] }),
  runs('cloud-only', { accuracies: [0.2, 0.5, 0.6, 0.65, 0.65, 0.65], passes: 0, seconds: 0.1 }),
]
const statementOf = ({ statements }: ConditionResult, name: string) => statements.find(({ method }) => method === name)!

describe('the comparison', () => {
  test('sets a guided method against the plain one that ends best, to a target and to what that one ends with', () => {
    const statement = statementOf(compare(condition, methods, 100, 0.5), 'cooper')
    expect(statement.rival).toBe('fedmezo')
    expect(statement.accuracyGain).toBeCloseTo(0.2, 12)
    // To .5: 40 passes against 60, 8 s against 6; to .6: 40 against 100, 8 s against 10.
    expect(statement.toTarget.passes).toEqual({ times: 1.5, kind: 'exact' })
    expect(statement.toTarget.seconds).toEqual({ times: 0.75, kind: 'exact' })
    expect(statement.toRivalAccuracy.passes).toEqual({ times: 2.5, kind: 'exact' })
    expect(statement.toRivalAccuracy.seconds).toEqual({ times: 1.25, kind: 'exact' })
  })

  test('makes no statement on plain methods, and none on passes of a method without phones', () => {
    const result = compare(condition, methods, 100, 0.5)
    expect(result.statements.map(({ method }) => method)).toEqual(['cooper', 'cloud-only'])
    const { toTarget } = statementOf(result, 'cloud-only')
    expect(toTarget.passes).toBeNull()
    expect(toTarget.seconds).toEqual({ times: 60, kind: 'exact' })
    expect(result.methods.find(({ method }) => method === 'cloud-only')!.memoryAboveIdleBytes).toBeNull()
  })

  test('tells what phones add to the cloud alone, where that was run', () => {
    const result = compare(condition, methods, 100, 0.5)
    expect(statementOf(result, 'cooper').overCloudOnly).toBeCloseTo(0.15, 12)
    expect(statementOf(result, 'cloud-only').overCloudOnly).toBeNull()
    expect(statementText(statementOf(result, 'cooper'), result, 100)).toContain('Against the cloud alone: +15.0 points.')
    expect(statementOf(compare(condition, methods.slice(0, 2), 100, 0.5), 'cooper').overCloudOnly).toBeNull()
  })

  test('tells what guidance adds to the same steps without it, in passes to the loss that these end with', () => {
    const accuracies = [0.2, 0.4, 0.6]
    const control = runs('cooper-unguided', { accuracies: [0.2, 0.4, 0.55], losses: [1, 0.8, 0.6] })
    const withLosses = (losses: readonly number[]) =>
      compare(condition, [runs('cooper', { accuracies, losses }), control, runs('fedmezo', { accuracies })], 40, 0.5)
    // .6 lies halfway between .7 after 20 passes and .5 after 40: 30 passes against 40.
    const result = withLosses([1, 0.7, 0.5])
    expect(statementOf(result, 'cooper').overUnguided!.accuracyGain).toBeCloseTo(0.05, 12)
    expect(statementOf(result, 'cooper').overUnguided!.toItsLoss!.times).toBeCloseTo(40 / 30, 12)
    expect(statementText(statementOf(result, 'cooper'), result, 40)).toContain(
      'Against the same steps without guidance: +5.0 points; to the loss these end with, in passes: 1.33 times less.',
    )
    expect(statementOf(result, 'cooper-unguided').overUnguided).toBeNull()
    expect(statementOf(withLosses([1, 0.7, 0.61]), 'cooper').overUnguided!.toItsLoss).toEqual({ times: 1, kind: 'at-most' })
    expect(statementOf(compare(condition, methods, 100, 0.5), 'cooper').overUnguided).toBeNull()
  })

  test('never takes the control for a rival', () => {
    const better = [
      runs('cooper', { accuracies: [0.2, 0.5] }),
      runs('cooper-unguided', { accuracies: [0.2, 0.9] }),
      runs('fedmezo', { accuracies: [0.2, 0.4] }),
    ]
    expect(statementOf(compare(condition, better, 20, 0.5), 'cooper').rival).toBe('fedmezo')
  })

  test('adds up over seeds what rounds followed, and says it where that changed', () => {
    const made = { accuracies: [0.2, 0.5] }
    const [first, second] = [{ guided: 4 }, { guided: 3, random: 1 }]
    const result = compare(
      condition,
      [runs('cooper', { ...made, sources: first }, { ...made, sources: second }), runs('fedmezo', made)],
      20,
      0.5,
    )
    expect(result.methods[0]!.sources).toEqual({ guided: 7, random: 1 })
    expect(statementText(result.statements[0]!, result, 20)).toContain('Rounds by what they followed: 7 guided, 1 random.')
  })

  test('gives a bound where the rival did not reach the target, and nothing where neither did', () => {
    const seventy = statementOf(compare(condition, methods, 100, 0.7), 'cooper')
    expect(seventy.toTarget.passes).toEqual({ times: 100 / 60, kind: 'at-least' })
    expect(statementOf(compare(condition, methods, 100, 0.9), 'cooper').toTarget.passes).toBeNull()
  })

  test('says where the method never got to what its rival has', () => {
    const worse = [runs('cooper', { accuracies: [0.2, 0.3] }), runs('fedmezo', { accuracies: [0.2, 0.6] })]
    const result = compare(condition, worse, 20, 0.5)
    expect(result.statements[0]!.toRivalAccuracy.passes!.kind).toBe('at-most')
    const text = statementText(result.statements[0]!, result, 20)
    expect(text).toContain('It did not reach 60.0 %')
    expect(text).toContain('30.0 % against 60.0 %, −30.0 points')
  })

  test('takes what the best plain method ends with as the target of a scenario without one', () => {
    expect(compare(condition, methods, 100, null).target).toEqual({
      accuracy: 0.6,
      from: 'the final accuracy of the best plain zeroth-order method',
    })
    expect(compare(condition, methods.slice(0, 1), 100, null).target.accuracy).toBe(0.8)
  })

  test('counts accuracy within the budget only', () => {
    const [cooper] = compare(condition, methods, 60, 0.5).methods
    expect(cooper!.finalAccuracy).toEqual({ median: 0.7, least: 0.7, most: 0.7 })
  })

  test('takes medians and ranges over seeds, and memory over phones and seeds', () => {
    const seeds = [{ accuracies: [0.2, 0.5], aboveIdle: 10e6 }, { accuracies: [0.2, 0.9], aboveIdle: 30e6 }, { accuracies: [0.2, 0.6] }]
    const [only] = compare(condition, [runs('fedmezo', ...seeds)], 20, 0.55).methods
    expect(only!.finalAccuracy).toEqual({ median: 0.6, least: 0.5, most: 0.9 })
    expect(only!.target.passes).toMatchObject({
      median: { reached: true, cost: 20 },
      most: { reached: false, cost: 20 },
      reached: 2,
      runs: 3,
    })
    expect([only!.memoryAboveIdleBytes!.least, only!.memoryAboveIdleBytes!.most]).toEqual([10e6, 33e6])
    expect(only!.runs.map(({ seed }) => seed)).toEqual([1, 2, 3])
  })
})

test('figures are written with their bounds', () => {
  const reach = {
    least: { reached: true, cost: 60 },
    median: { reached: false, cost: 400 },
    most: { reached: false, cost: 400 },
    reached: 1,
    runs: 3,
  }
  expect(figureText(reachFigure(reach, String))).toBe('> 400 (60 … > 400)')
  expect(ratioText({ times: 5.6, kind: 'at-least' })).toBe('at least 5.60 times less')
  expect(ratioText({ times: 0.5, kind: 'exact' })).toBe('2.00 times more')
  expect(ratioText({ times: 3, kind: 'at-most' })).toBe('not reached')
})
