/** Everything a frame of the Gantt is drawn from. Plain data, made by the component; painters only read it. CSS pixels. */
import type { TaskSpan } from '#shared/events/event.ts'
import type { ChartTheme } from '../chart-theme.ts'
import type { RowLayout } from './row-layout.ts'
import type { ScheduleModel, TaskPlace } from './schedule-model.ts'
import type { TimeWindow } from './time-window.ts'

export interface GanttPanel {
  /** Name of the policy. */
  readonly title: string
  /** Beside it, e.g. what it gains. */
  readonly remark: string
  readonly model: ScheduleModel
}

/** A task of one of the panels. */
export interface PanelPlace extends TaskPlace {
  readonly panel: number
}

export interface SceneFrame {
  /** Of the whole chart. */
  readonly width: number
  readonly height: number
  /** Where names stand, left of the plot. */
  readonly gutter: number
  /** Where times stand, above the plot. */
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
  /** Of lanes, of groups, and on bars that are wide enough. */
  readonly names: {
    readonly lane: (lane: string) => string
    readonly group: (group: string) => string
    readonly bar: (task: TaskSpan) => string
  }
}

/** Width of the part where bars are. */
export function plotWidth({ frame }: Pick<Scene, 'frame'>): number {
  return Math.max(1, frame.width - frame.gutter)
}

/** Of a row or panel, from the top of the chart. */
export function screenTop({ frame, scrollTop }: Pick<Scene, 'frame' | 'scrollTop'>, top: number): number {
  return frame.ruler + top - scrollTop
}
