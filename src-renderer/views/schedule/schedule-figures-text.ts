/** The figures of a schedule in words, beside those of the one it is compared with. */
import { formatBytes } from '#shared/units/bytes.ts'
import { formatPercent, formatSeconds } from '#shared/units/quantities.ts'
import { type ScheduleFigures, scheduleFigures } from '../../charts/gantt/schedule-figures.ts'
import type { ScheduleModel } from '../../charts/gantt/schedule-model.ts'
import { schedule as text } from '../../text/schedule-view.ts'

interface FigureText {
  readonly name: string
  readonly value: string
  readonly note: string
  readonly beside?: string
}

/** @param otherPolicy name of the policy that `other` is under */
export function figureTexts(own: ScheduleModel, other: ScheduleModel | null, otherPolicy: string): FigureText[] {
  const words = text.figures
  const figures = scheduleFigures(own)
  const others = other && scheduleFigures(other)
  const figure = (name: string, note: string, value: (of: ScheduleFigures) => string | null): FigureText[] => {
    const mine = value(figures)
    const theirs = others && value(others)
    if (mine === null) return []
    return [{ name, note, value: mine, ...(theirs && { beside: words.under(otherPolicy, theirs) }) }]
  }
  return [
    ...figure(words.makespan, words.makespanNote, ({ makespanSeconds }) => formatSeconds(makespanSeconds)),
    ...figure(words.chain, words.chainNote, ({ criticalPathSeconds: s }) => (s === null ? null : formatSeconds(s))),
    ...figure(words.overlap, words.overlapNote, ({ overlapRatio }) => (overlapRatio === null ? null : formatPercent(overlapRatio))),
    ...figure(words.exposed, words.exposedNote, ({ exposedSeconds }) => formatSeconds(exposedSeconds)),
    ...figure(words.bubbles, words.bubblesNote, ({ bubbleShare }) => formatPercent(bubbleShare)),
    // The bytes stand once, since every policy sends the same.
    { name: words.bytes, note: words.bytesNote, value: `${formatBytes(figures.bytesDown)} ↓ ${formatBytes(figures.bytesUp)} ↑` },
  ]
}
