/** Paints a scene onto its canvas: rows first, then what must stand above them. */
import type { ChartTheme } from '../chart-theme.ts'
import { type Fills, paintRows } from './paint-bars.ts'
import { paintCriticalPath } from './paint-critical-path.ts'
import { paintEnds, paintGrid, paintGutter, paintPanelTitles, paintRuler, ticksOf } from './paint-frame.ts'
import { patternFill } from './patterns.ts'
import { type SceneFrame, plotWidth, type Scene } from './scene.ts'
import { KIND_LOOKS } from './task-kinds.ts'

export class ScenePainter {
  private fills: Fills | null = null
  private theme: ChartTheme | null = null
  private ratio = 0

  paint(canvas: HTMLCanvasElement, scene: Scene, ratio: number): void {
    const context = this.prepared(canvas, scene.frame, ratio)
    const fills = this.fillsFor(context, scene.theme, ratio)
    const { frame } = scene
    const ticks = ticksOf(scene)
    context.fillStyle = scene.theme.surfaces[1]
    context.fillRect(0, 0, frame.width, frame.height)
    context.save()
    context.beginPath()
    context.rect(0, frame.ruler, frame.width, frame.height - frame.ruler)
    context.clip()
    paintGrid(context, scene, ticks)
    context.save()
    context.beginPath()
    context.rect(frame.gutter, frame.ruler, plotWidth(scene), frame.height)
    context.clip()
    paintRows(context, scene, fills)
    paintEnds(context, scene)
    if (scene.shown.criticalPath) paintCriticalPath(context, scene)
    context.restore()
    paintGutter(context, scene)
    paintPanelTitles(context, scene)
    paintScrollBar(context, scene)
    context.restore()
    paintRuler(context, scene, ticks)
  }

  /** The context, its canvas as large as the frame in device pixels. */
  prepared(canvas: HTMLCanvasElement, { width, height }: SceneFrame, ratio: number): CanvasRenderingContext2D {
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)]
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide
      canvas.height = high
      canvas.style.width = `${width}px`
      canvas.style.height = `${height}px`
    }
    const context = canvas.getContext('2d')!
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    return context
  }

  private fillsFor(context: CanvasRenderingContext2D, theme: ChartTheme, ratio: number): Fills {
    if (this.fills && this.theme === theme && this.ratio === ratio) return this.fills
    this.theme = theme
    this.ratio = ratio
    this.fills = {
      kinds: KIND_LOOKS.map(({ pattern }, kind) => patternFill(context, pattern, `${theme.kindInks[kind]}59`, ratio)),
      bubble: patternFill(context, 'rising', theme.dark ? '#ffffff2e' : '#0000002b', ratio)!,
    }
    return this.fills
  }
}

/** Paints the scroll bar, which shows that there are more rows and which of them are seen. */
function paintScrollBar(context: CanvasRenderingContext2D, { frame, layout, scrollTop, theme }: Scene): void {
  const seen = frame.height - frame.ruler
  if (layout.height <= seen) return
  const length = Math.max(24, (seen * seen) / layout.height)
  const top = frame.ruler + (scrollTop / (layout.height - seen)) * (seen - length)
  context.fillStyle = theme.lineStrong
  context.beginPath()
  context.roundRect(frame.width - 7, top + 2, 5, length - 4, 2.5)
  context.fill()
}
