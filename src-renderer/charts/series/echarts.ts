/** The parts of ECharts that the lab draws with; the rest stays out of the bundle. */
import type { EChartsOption } from 'echarts'
import { CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts'
import { AxisPointerComponent, DataZoomComponent, GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

export function register(): void {
  use([
    CanvasRenderer,
    LineChart,
    ScatterChart,
    CustomChart,
    HeatmapChart,
    GridComponent,
    TooltipComponent,
    AxisPointerComponent,
    DataZoomComponent,
    MarkLineComponent,
  ])
}

export type { EChartsOption }
export type Series = NonNullable<Extract<EChartsOption['series'], unknown[]>>[number]
