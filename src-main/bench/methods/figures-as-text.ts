/** Figures of the comparison as words: medians with their ranges, bounds where a target was not reached. */
import { formatBytes } from '#shared/units/bytes.ts'
import { formatSeconds, significant } from '#shared/units/quantities.ts'
import type { ConditionResult, MethodResult, Ratio, Statement } from './comparison.ts'
import type { MedianRange, Reach, ReachRange } from './run-statistics.ts'

/** Formats a share: `73.8 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

/** Formats a difference of shares: `+13.6 points`. */
export function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${(100 * Math.abs(difference)).toFixed(1)} points`
}

/** A median, and the range around it where there is one. */
export interface MedianText {
  readonly median: string
  readonly range: string | null
}

export function percentFigure(range: MedianRange): MedianText {
  return figure(range, percent)
}

export function bytesFigure(range: MedianRange): MedianText {
  return figure(range, formatBytes)
}

/** `72`, `68 … > 400`: what was not reached is a bound. */
export function reachFigure({ median, least, most }: ReachRange, format: (cost: number) => string): MedianText {
  return figure({ median, least, most }, ({ reached, cost }: Reach) => `${reached ? '' : '> '}${format(cost)}`)
}

/** Formats a median with its range: `73.8 % (72.0 % … 75.1 %)`. */
export function figureText({ median, range }: MedianText): string {
  return range === null ? median : `${median} (${range})`
}

function figure<T>({ median, least, most }: { readonly [K in keyof MedianRange]: T }, format: (value: T) => string): MedianText {
  const [low, high] = [format(least), format(most)]
  return { median: format(median), range: low === high ? null : `${low} … ${high}` }
}

function passesText(passes: number): string {
  return String(Math.round(passes))
}

/** Against the rival's cost: `5.6 times less`, `at least 5.6 times less`, `1.4 times more`, `not reached`. */
export function ratioText({ times, kind }: Ratio): string {
  if (kind === 'at-most') return 'not reached'
  if (times < 1) return kind === 'exact' ? `${significant(1 / times)} times more` : '–'
  return `${kind === 'exact' ? '' : 'at least '}${significant(times)} times less`
}

/** Compares in full sentences what a method needed and had with its best plain zeroth-order rival. */
export function statementText(statement: Statement, { target, methods }: ConditionResult, passes: number): string {
  const { method, rival, accuracyGain, toTarget, toRivalAccuracy, rivalAccuracy, overCloudOnly, overUnguided } = statement
  const of = (kind: string): MethodResult => methods.find((result) => result.method === kind)!
  const [own, other] = [of(method), of(rival)]
  const sentences: string[] = []
  if (target.accuracy !== rivalAccuracy) {
    const axis = own.memoryAboveIdleBytes === null ? 'seconds' : 'passes'
    const reached = (result: MethodResult): string => `${result.method} ${figureText(reachFigure(result.target[axis], COST_FORMATS[axis]))}`
    const cost = axis === 'passes' ? 'Passes per phone' : 'Virtual time'
    sentences.push(`${cost} to ${percent(target.accuracy)}: ${reached(own)}, ${reached(other)}${costs(toTarget)}.`)
  }
  const level = `${percent(rivalAccuracy)}, what ${rival} (the best plain zeroth-order method here) ends with`
  const { passes: inPasses, seconds: inSeconds } = toRivalAccuracy
  if ((inPasses ?? inSeconds)?.kind === 'at-most') sentences.push(`It did not reach ${level}.`)
  else if (inPasses ?? inSeconds) sentences.push(`To ${level}${costs(toRivalAccuracy)}.`)
  const budget = own.memoryAboveIdleBytes === null ? 'At the end' : `After ${passes} passes per phone`
  sentences.push(`${budget}: ${percent(own.finalAccuracy.median)} against ${percent(rivalAccuracy)}, ${points(accuracyGain)}.`)
  const followed = Object.entries(own.sources).map(([name, count]) => `${count} ${name}`)
  if (followed.length > 1) sentences.push(`Rounds by what they followed: ${followed.join(', ')}.`)
  if (overUnguided !== null) {
    const { accuracyGain: gain, toItsLoss } = overUnguided
    const cost = toItsLoss === null ? '' : `; to the loss these end with, in passes: ${ratioText(toItsLoss)}`
    sentences.push(`Against the same steps without guidance: ${points(gain)}${cost}.`)
  }
  if (overCloudOnly !== null) sentences.push(`Against the cloud alone: ${points(overCloudOnly)}.`)
  return sentences.join(' ')
}

/** `: 5.6 times less in passes, 3.0 times less in virtual time`; empty where nothing can be said. */
function costs({ passes, seconds }: Statement['toTarget']): string {
  const parts = [passes && `${ratioText(passes)} in passes`, seconds && `${ratioText(seconds)} in virtual time`]
  const said = parts.filter((part) => part !== null && !/^(–|not reached)/.test(part))
  return said.length === 0 ? '' : `: ${said.join(', ')}`
}

export const COST_FORMATS = { passes: passesText, bytes: formatBytes, seconds: formatSeconds } as const
