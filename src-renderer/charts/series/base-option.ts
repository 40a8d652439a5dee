/** The options that all series charts share: type, lines, the tooltip, no animation. */
import type { ChartTheme } from '../chart-theme.ts'
import type { EChartsOption } from './echarts.ts'

export interface TipRow {
  readonly colour?: string | undefined
  readonly name: string
  readonly value: string
}

export function baseOption(theme: ChartTheme): EChartsOption {
  return {
    animation: false,
    textStyle: { fontFamily: theme.font, fontSize: theme.small, color: theme.ink3 },
    tooltip: {
      trigger: 'axis',
      confine: true,
      transitionDuration: 0,
      backgroundColor: theme.surfaces[2],
      borderColor: theme.line,
      borderWidth: 1,
      padding: [6, 10],
      textStyle: { color: theme.ink1, fontSize: theme.small, fontFamily: theme.font },
      axisPointer: { lineStyle: { color: theme.ink3, type: 'solid', width: 1 } },
    },
    axisPointer: { link: [{ xAxisIndex: 'all' }], label: { show: false } },
  }
}

export function axisLook(theme: ChartTheme) {
  return {
    axisLine: { lineStyle: { color: theme.lineStrong } },
    axisTick: { lineStyle: { color: theme.lineStrong } },
    axisLabel: { color: theme.ink3, fontSize: theme.small, hideOverlap: true },
    splitLine: { lineStyle: { color: theme.line } },
    nameTextStyle: { color: theme.ink2, fontSize: theme.small, fontWeight: 600 as const },
  }
}

/** A tooltip made of elements, not of text that is read as HTML: names of sessions are whatever somebody wrote. */
export function tip(title: string, rows: readonly TipRow[]): HTMLElement {
  const box = document.createElement('div')
  const heading = box.appendChild(document.createElement('strong'))
  heading.textContent = title
  for (const { colour, name, value } of rows) {
    const row = box.appendChild(document.createElement('div'))
    row.style.display = 'flex'
    row.style.gap = '8px'
    row.style.alignItems = 'baseline'
    const mark = row.appendChild(document.createElement('span'))
    mark.style.flex = 'none'
    mark.style.width = '10px'
    mark.style.height = '3px'
    mark.style.alignSelf = 'center'
    mark.style.background = colour ?? 'transparent'
    row.appendChild(document.createElement('span')).textContent = name
    const number = row.appendChild(document.createElement('span'))
    number.textContent = value
    number.style.marginLeft = 'auto'
    number.style.paddingLeft = '16px'
    number.style.fontVariantNumeric = 'tabular-nums'
  }
  return box
}

/** Returns the points of a line, without unknown ones. */
export function pairs(xs: readonly number[], ys: readonly number[]): [x: number, y: number][] {
  return xs.flatMap((x, i) => (Number.isNaN(x) || Number.isNaN(ys[i]!) ? [] : [[x, ys[i]!] as [number, number]]))
}
