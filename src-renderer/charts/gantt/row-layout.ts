/** Where each lane stands from top to bottom: panels (one per policy) of groups (one per device) of rows (one per lane). Pixels. */
import type { ScheduleModel } from './schedule-model.ts'

export type Density = 'roomy' | 'compact'

export interface Row {
  readonly panel: number
  readonly lane: number
  readonly top: number
  readonly height: number
  /** It is the first of its group, which has so many rows. */
  readonly opensGroup: number
}

export interface PanelBand {
  readonly top: number
  readonly height: number
  /** Of the line that names the panel; 0 where there is only one. */
  readonly headerHeight: number
}

export interface RowLayout {
  readonly rows: readonly Row[]
  readonly panels: readonly PanelBand[]
  readonly height: number
}

const ROW_HEIGHT = { roomy: 20, compact: 9 } as const satisfies Record<Density, number>
const GROUP_GAP = { roomy: 8, compact: 5 } as const satisfies Record<Density, number>
const HEADER_HEIGHT = 28
const PANEL_GAP = 12

export function rowLayout(models: readonly ScheduleModel[], density: Density): RowLayout {
  const rows: Row[] = []
  const panels: PanelBand[] = []
  const headerHeight = models.length > 1 ? HEADER_HEIGHT : 0
  let y = 0
  for (const [panel, { lanes }] of models.entries()) {
    if (panel > 0) y += PANEL_GAP
    const top = y
    y += headerHeight
    for (const [lane, { group }] of lanes.entries()) {
      const opens = lanes[lane - 1]?.group !== group
      if (opens) y += GROUP_GAP[density] / 2
      const opensGroup = opens ? groupSize(lanes, lane) : 0
      rows.push({ panel, lane, top: y, height: ROW_HEIGHT[density], opensGroup })
      y += ROW_HEIGHT[density]
      if (lanes[lane + 1]?.group !== group) y += GROUP_GAP[density] / 2
    }
    panels.push({ top, height: y - top, headerHeight })
  }
  return { rows, panels, height: y }
}

/** Index of the first row that ends below `y`; the number of rows where none does. */
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

/** Index of the row at `y`, or -1 between rows. */
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
