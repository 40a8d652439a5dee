/** The layout of lanes from top to bottom, in pixels: panels (one per policy) of groups (one per device) of rows (one per lane). */
import type { ScheduleModel } from './schedule-model.ts'

/** Pixels of a lane: as high as the chart has room for, high enough for names, or as low as bars are told apart. */
export type Density = 'automatic' | 'roomy' | 'compact'

export interface Row {
  readonly panel: number
  readonly lane: number
  readonly top: number
  readonly height: number
  /** The number of rows of the group that this row is the first of, else 0. */
  readonly opensGroup: number
}

interface PanelBand {
  readonly top: number
  readonly height: number
  /** The height of the line that names the panel; 0 where there is only one. */
  readonly headerHeight: number
}

export interface RowLayout {
  readonly rows: readonly Row[]
  readonly panels: readonly PanelBand[]
  readonly height: number
}

const ROOMY = 20
const COMPACT = 9
const MOST = 26
const HEADER_HEIGHT = 28
const PANEL_GAP = 12

/** @param rowHeight pixels @param scale larger type needs higher lines */
export function rowLayout(models: readonly ScheduleModel[], rowHeight: number, scale = 1): RowLayout {
  const rows: Row[] = []
  const panels: PanelBand[] = []
  const headerHeight = headerOf(models, scale)
  const gap = groupGap(rowHeight)
  let y = 0
  for (const [panel, { lanes }] of models.entries()) {
    if (panel > 0) y += PANEL_GAP
    const top = y
    y += headerHeight
    for (const [lane, { group }] of lanes.entries()) {
      const opens = lanes[lane - 1]?.group !== group
      if (opens) y += gap / 2
      rows.push({ panel, lane, top: y, height: rowHeight, opensGroup: opens ? groupSize(lanes, lane) : 0 })
      y += rowHeight
      if (lanes[lane + 1]?.group !== group) y += gap / 2
    }
    panels.push({ top, height: y - top, headerHeight })
  }
  return { rows, panels, height: y }
}

/** @param room the pixels for all rows */
export function rowHeightFor(models: readonly ScheduleModel[], density: Density, room: number, scale = 1): number {
  if (density !== 'automatic') return (density === 'roomy' ? ROOMY : COMPACT) * scale
  const heightAt = (rowHeight: number): number => rowLayout(models, rowHeight, scale).height
  for (let height = MOST; height > COMPACT; height--) if (heightAt(height * scale) <= room) return height * scale
  return COMPACT * scale
}

function headerOf(models: readonly ScheduleModel[], scale: number): number {
  return models.length > 1 ? HEADER_HEIGHT * scale : 0
}

/** Returns the gap between devices. */
function groupGap(rowHeight: number): number {
  return Math.min(8, Math.round(rowHeight / 2))
}

/** Returns the index of the first row that ends below `y`; the number of rows if none does. */
export function rowBelow({ rows }: RowLayout, y: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const { top, height } = rows[middle]!
    if (top + height <= y) low = middle + 1
    else high = middle
  }
  return low
}

/** Returns the index of the row at `y`; -1 between rows. */
export function rowAt(layout: RowLayout, y: number): number {
  const at = rowBelow(layout, y)
  const row = layout.rows[at]
  return row && row.top <= y ? at : -1
}

function groupSize(lanes: ScheduleModel['lanes'], first: number): number {
  let size = 1
  while (lanes[first + size]?.group === lanes[first]!.group) size++
  return size
}
