import { describe, expect, test } from 'vitest'
import { linePlot, shareEnds } from '#main/bench/methods/line-plot.ts'
import { lineStyle } from '#main/bench/methods/line-style.ts'
import { byteTicks, linearTicks } from '#main/bench/methods/ticks.ts'

describe('ticks', () => {
  test.each([
    [0, 400, 8, [0, 50, 100, 150, 200, 250, 300, 350, 400]],
    [0, 0.3, 3, [0, 0.1, 0.2, 0.3]],
    [0.2, 0.9, 7, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]],
    [13, 27, 3, [15, 20, 25]],
    [5, 5, 4, [5]],
  ])('from %d to %d, about %d: %j', (least, most, wanted, ticks) => {
    expect(linearTicks(least, most, wanted)).toEqual(ticks)
  })

  test('of sizes are decades of binary units', () => {
    expect(byteTicks(500, 2 ** 21)).toEqual([1024, 10_240, 102_400, 1_048_576])
  })

  test('ends of shares enclose all values and stay shares', () => {
    for (const values of [[0.23, 0.87], [0.5], [0, 1], [0.61, 0.62]]) {
      const { least, most } = shareEnds(values)
      expect(least).toBeLessThanOrEqual(Math.min(...values))
      expect(most).toBeGreaterThanOrEqual(Math.max(...values))
      expect(most).toBeGreaterThan(least)
      expect([least >= 0, most <= 1]).toEqual([true, true])
    }
  })
})

describe('a plot', () => {
  const line = (name: 'cooper' | 'fedmezo' | 'fwdllm', xs: number[], ys: number[], spread = 0) => ({
    name,
    style: lineStyle(name),
    points: xs.map((x, i) => ({ x, y: ys[i]!, low: ys[i]! - spread, high: ys[i]! + spread })),
  })
  const options = {
    summary: 'a < b',
    xTitle: 'x',
    yTitle: 'y',
    width: 400,
    height: 300,
    scale: 'linear',
    formatX: String,
    formatY: String,
    endLabels: true,
    ofY: { least: 0, most: 1 },
    levels: [],
  } as const
  const polyline = (svg: string): [number, number][] =>
    /<polyline points="([^"]*)"/
      .exec(svg)![1]!
      .split(' ')
      .map((pair) => pair.split(',').map(Number) as [number, number])

  test('places points in proportion, upwards for more', () => {
    const [a, b, c] = polyline(linePlot([line('cooper', [0, 25, 100], [0, 0.5, 1])], options))
    expect((b![0] - a![0]) / (c![0] - a![0])).toBeCloseTo(0.25, 2)
    expect((a![1] - b![1]) / (a![1] - c![1])).toBeCloseTo(0.5, 2)
    expect(c![1]).toBeLessThan(a![1])
  })

  test('places sizes by their logarithm and leaves out nothing spent', () => {
    const [a, b, c] = polyline(linePlot([line('cooper', [0, 1e3, 1e4, 1e5], [0, 0.2, 0.3, 0.4])], { ...options, scale: 'bytes' }))
    expect(b![0] - a![0]).toBeCloseTo(c![0] - b![0], 1)
  })

  test('draws a band where seeds differ, and none where they do not', () => {
    const svg = linePlot([line('cooper', [0, 1], [0.2, 0.4], 0.05), line('fedmezo', [0, 1], [0.2, 0.3])], options)
    expect(svg.match(/class="band/g)).toHaveLength(1)
    expect(svg).toContain('class="band c0"')
  })

  test('keeps the names of lines that end together apart, and inside', () => {
    const svg = linePlot(
      (['cooper', 'fedmezo', 'fwdllm'] as const).map((name, i) => line(name, [0, 1], [0.2, 0.001 * i])),
      options,
    )
    const heights = [...svg.matchAll(/<text class="c\d" x="[\d.]+" y="([\d.]+)">/g)].map(([, y]) => Number(y)).toSorted((a, b) => a - b)
    expect(heights).toHaveLength(3)
    expect(heights[1]! - heights[0]!).toBeGreaterThanOrEqual(14)
    expect(heights[2]! - heights[1]!).toBeGreaterThanOrEqual(14)
    expect(heights[2]!).toBeLessThan(300 - 30)
  })

  test('is a text for those who do not see it, and draws nothing that is no number', () => {
    const svg = linePlot([line('cooper', [0], [0.5]), line('fedmezo', [], [])], options)
    expect(svg).toContain('aria-label="a &lt; b"')
    expect(svg).not.toMatch(/NaN|Infinity/)
    expect(linePlot([], { ...options, scale: 'bytes' })).not.toMatch(/NaN|Infinity/)
  })
})
