/** The scene: all data that a frame of the Gantt is drawn from, in CSS pixels. The component makes it, and painters only read it. */
import type { TaskSpan } from '#shared/events/round-schedule.ts'
import type { ChartTheme } from '../chart-theme.ts'
import type { RowLayout } from './row-layout.ts'
import type { ScheduleModel, TaskPlace } from './schedule-model.ts'
import type { TimeWindow } from './time-window.ts'

export interface GanttPanel {
  /** The name of the policy. */
  readonly title: string
  /** A remark beside the name, e.g. the policy's gain. */
  readonly remark: string
  readonly model: ScheduleModel
}

/** A task together with its panel. */
export interface PanelPlace extends TaskPlace {
  readonly panel: number
}

export interface SceneFrame {
  /** The width of the whole chart. */
  readonly width: number
  readonly height: number
  /** The width of the names, left of the plot. */
  readonly gutter: number
  /** The height of the times, above the plot. */
  readonly ruler: number
}

export interface ShownLayers {
  readonly criticalPath: boolean
  readonly needTimes: boolean
  readonly bubbles: boolean
}

export interface Scene {
  readonly theme: ChartTheme
  readonly panels: readonly GanttPanel[]
  readonly layout: RowLayout
  readonly frame: SceneFrame
  readonly window: TimeWindow
  readonly scrollTop: number
  readonly shown: ShownLayers
  /** The words for lanes, for groups, and for bars that are wide enough. */
  readonly names: {
    readonly lane: (lane: string) => string
    readonly group: (group: string) => string
    readonly bar: (task: TaskSpan) => string
  }
}

/** Returns the width of the part where bars are. */
export function plotWidth({ frame }: Pick<Scene, 'frame'>): number {
  return Math.max(1, frame.width - frame.gutter)
}

/** Returns the place of a row or panel, from the top of the chart. */
export function screenTop({ frame, scrollTop }: Pick<Scene, 'frame' | 'scrollTop'>, top: number): number {
  return frame.ruler + top - scrollTop
}
