import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('../../../../src-renderer/style/tokens.css', import.meta.url), 'utf8')
const SURFACES = ['surface-0', 'surface-1', 'surface-2', 'surface-3']

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

describe.each(['light', 'dark'])('in the %s theme', (theme) => {
  const block = css.split(`[data-theme='${theme}'] {`)[1]!.split('}')[0]!
  const colours = Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name!, hex!]))
  const of = (ink: string, surface: string): number => contrast(colours[ink]!, colours[surface]!)

  test.each(['ink-1', 'ink-2', 'ink-3', 'accent', 'danger', 'warning', 'good'])('%s can be read on every surface', (ink) => {
    for (const surface of SURFACES) expect(of(ink, surface)).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['accent', 'danger', 'warning', 'good'])('%s can be read on its own soft ground', (ink) => {
    expect(of(ink, `${ink}-soft`)).toBeGreaterThanOrEqual(4.5)
  })

  test('text on the accent can be read, and so can all inks where something is selected', () => {
    expect(of('accent-ink', 'accent')).toBeGreaterThanOrEqual(4.5)
    for (const ink of ['ink-1', 'ink-2', 'ink-3']) expect(of(ink, 'accent-soft')).toBeGreaterThanOrEqual(4.5)
  })

  test('edges of controls stand out from every surface', () => {
    for (const surface of SURFACES) expect(of('line-strong', surface)).toBeGreaterThanOrEqual(3)
  })
})

test('both themes define the same colours', () => {
  const names = (theme: string) =>
    [
      ...css
        .split(`[data-theme='${theme}'] {`)[1]!
        .split('}')[0]!
        .matchAll(/--([\w-]+):/g),
    ].map(([, name]) => name)
  expect(names('light').toSorted()).toEqual(names('dark').toSorted())
})
