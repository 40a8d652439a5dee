import { expect, test } from 'vitest'
import { RiskBudget } from '#main/federation/methods/risk-budget.ts'

test('a step that may be noise is cut to what is left, one that is surely signal is taken whole', () => {
  const budget = new RiskBudget()
  const share = budget.share(0.5, 0, 0, 0)
  expect(budget.risk(share ** 2 * 0.5, 0)).toBeCloseTo(0.007, 12)
  expect(budget.share(0.5, 0, 0.007, 0)).toBe(0)
  expect(budget.share(0.5, 0.5, 0.007, 0)).toBe(1)
  expect(budget.share(0.5, 0.1, 0.007, 0)).toBeCloseTo(0.2, 12)
  expect(budget.share(0, 0, 0, 0)).toBe(1)
})

test('however many steps share it, together they risk no more', () => {
  const budget = new RiskBudget()
  let risk = 0
  for (let step = 0; step < 100; step++) {
    const share = budget.share(0.001, 0, risk, 0)
    risk += budget.risk(share ** 2 * 0.001, 0)
  }
  expect(risk).toBeCloseTo(0.007, 12)
})

test('a gain that is not proven pays for twice the allowance at most', () => {
  const budget = new RiskBudget()
  const riskOf = (gained: number): number => budget.share(1, 0, 0, gained) ** 2
  expect(riskOf(0.005)).toBeCloseTo(0.012, 12)
  expect(riskOf(5)).toBeCloseTo(0.021, 12)
  expect(budget.spent(0.015, 5)).toBe(false)
  expect(budget.spent(0.0065, 0)).toBe(true)
})

test('the allowance doubles with every proof, and falls with every failure, but never to nothing', () => {
  const budget = new RiskBudget()
  const allowed = (): number => budget.share(100, 0, 0, 0) ** 2 * 100
  budget.proved()
  expect(allowed()).toBeCloseTo(0.014, 12)
  for (let i = 0; i < 3; i++) budget.failed()
  expect(allowed()).toBeCloseTo(0.014 * 0.343, 12)
  for (let i = 0; i < 50; i++) budget.failed()
  expect(allowed()).toBeCloseTo(0.007 / 16, 12)
  for (let i = 0; i < 50; i++) budget.proved()
  expect(allowed()).toBeCloseTo(0.007 * 128, 12)
})

test('where more rows are heard more may be risked, as the root of their number, three times as much at most', () => {
  const budget = new RiskBudget()
  const allowedBy = (rows: number): number => {
    budget.hear(rows)
    return budget.share(100, 0, 0, 0) ** 2 * 100
  }
  expect(allowedBy(4)).toBeCloseTo(0.007, 12)
  expect(allowedBy(64)).toBeCloseTo(0.014, 12)
  expect(allowedBy(10_000)).toBeCloseTo(0.021, 12)
})

test('where losses move more than they should, steps become shorter; where less, no longer', () => {
  const budget = new RiskBudget()
  budget.calibrate(0, 0.09)
  expect(budget.scale).toBe(1)
  budget.calibrate(0.4, 0.1)
  expect(budget.scale).toBeCloseTo((0.01 + 0.4) / 0.2, 12)
  expect(budget.risk(0.002, 0)).toBeCloseTo(0.002 * budget.scale, 12)
  expect(budget.share(1, 0, 0, 0) ** 2 * budget.scale).toBeCloseTo(0.007, 12)
})
