/** Asks the selected phones what a plan asks for, and again while the method wants to know more. A phone with an invalid answer loses the round. */
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import { type Answer, joined, readAnswer, sealedAnswer, weighted } from './answers.ts'
import type { RequestedPrivacy } from './field/aggregation-privacy.ts'
import type { Method, RoundPlan } from './methods/method.ts'
import { whatIsWrongWithReport } from './report-check.ts'
import type { RunParts } from './run-parts.ts'

interface Asking {
  readonly round: number
  readonly plan: RoundPlan
  readonly privacy: RequestedPrivacy['request']
  /** The number of probes of each phone that makes fewer than the plan asks for. */
  readonly fewer: ReadonlyMap<number, number>
}

interface Answered {
  /** Ordered by phone. */
  readonly answers: Answer[]
  /** The reports on the first request, by phone. */
  readonly reports: ReadonlyMap<number, ProbeReport>
}

type AskingParts = Pick<RunParts, 'phones' | 'layout' | 'privateRows'>

/** Answers of the phones that answered all that they were asked. */
export async function askPhones(parts: AskingParts, asking: Asking, method: Method): Promise<Answered> {
  const first = await askOnce(parts, asking, 0)
  if (asking.privacy.mask) return first
  let { answers } = first
  while (answers.length > 0) {
    const directions = method.further?.(weighted(answers, parts.privateRows)) ?? []
    if (directions.length === 0) break
    const further = await askOnce(parts, { ...asking, plan: { ...asking.plan, directions } }, answers[0]!.estimates.length)
    const both = answers.flatMap((answer) => {
      const more = further.answers.find(({ phone }) => phone === answer.phone)
      return more ? [joined(answer, more)] : []
    })
    if (both.length === 0) break
    answers = both
  }
  return { answers, reports: first.reports }
}

/** @param part which part of the round's batches to probe on: each further question is about rows of its own */
async function askOnce({ phones, layout }: AskingParts, { round, plan, privacy, fewer }: Asking, part: number): Promise<Answered> {
  const { guidance: _, train, ...probes } = plan
  const reports = await (train
    ? phones.train({ round, ...train })
    : phones.probe({ round, ...probes, ...(part > 0 ? { part } : {}), ...privacy }, fewer))
  const answers: Answer[] = []
  for (const phone of [...reports.keys()].sort((a, b) => a - b)) {
    const report = reports.get(phone)!
    const wrong = whatIsWrongWithReport(phone, round, report, privacy.mask !== undefined)
    if (wrong === null) {
      answers.push(privacy.mask ? sealedAnswer(phone, report) : readAnswer(round, { ...plan, ...privacy }, report, layout))
    } else {
      reports.delete(phone)
      await phones.refuse(phone, wrong)
    }
  }
  return { answers, reports }
}
