/** Paints the critical path as one line from task to task through the lanes. */
import { plotWidth, type Scene, screenTop } from './scene.ts'
import { pixelAt } from './time-window.ts'

/** The height of the line in a row, as a share of the row's height: below the names on bars. */
const LINE_AT = 0.8

export function paintCriticalPath(context: CanvasRenderingContext2D, scene: Scene): void {
  for (const panel of scene.panels.keys()) {
    const path = pathOf(scene, panel)
    if (path.length === 0) continue
    // A halo keeps the line apart from bars of any colour.
    for (const [colour, width] of [
      [scene.theme.surfaces[1], 4.5],
      [scene.theme.ink1, 1.75],
    ] as const) {
      context.strokeStyle = colour
      context.lineWidth = width
      context.lineJoin = 'round'
      context.beginPath()
      for (const [i, [x, y]] of path.entries()) {
        if (i === 0) context.moveTo(x, y)
        else context.lineTo(x, y)
      }
      context.stroke()
    }
  }
}

/** Returns the corners of the line, without those that would fall on one pixel or lie far outside the window. */
function pathOf(scene: Scene, panel: number): [number, number][] {
  const { layout, frame, window } = scene
  const { model } = scene.panels[panel]!
  const width = plotWidth(scene)
  const rows = layout.rows.filter((row) => row.panel === panel)
  const corners: [number, number][] = []
  for (const { lane, index } of model.critical) {
    const { starts, availables } = model.lanes[lane]!
    const row = rows[lane]!
    const y = screenTop(scene, row.top) + LINE_AT * row.height
    for (const seconds of [starts[index]!, availables[index]!]) {
      const x = frame.gutter + Math.min(Math.max(pixelAt(window, width, seconds), -50), width + 50)
      const last = corners.at(-1)
      if (last && Math.abs(last[0] - x) < 0.5 && Math.abs(last[1] - y) < 0.5) continue
      corners.push([x, y])
    }
  }
  return corners
}
