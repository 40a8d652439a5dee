/**
 * The colours and sizes that charts draw with: the tokens of style/tokens.css as canvas needs them, read again when the theme or the text size
 * changes.
 */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { inkOn } from './colour/bits-shade.ts'
import { parseRgb, toHex } from './colour/oklab.ts'
import { KIND_LOOKS } from './gantt/task-kinds.ts'

export interface ChartTheme {
  readonly dark: boolean
  readonly surfaces: readonly [string, string, string, string]
  readonly ink1: string
  readonly ink2: string
  readonly ink3: string
  readonly line: string
  readonly lineStrong: string
  readonly accent: string
  readonly danger: string
  readonly warning: string
  readonly good: string
  /** The colours in the order of KIND_LOOKS; `kindInks` holds the ink that reads on each. */
  readonly kinds: readonly string[]
  readonly kindInks: readonly string[]
  readonly font: string
  /** The sizes of small and of normal text, CSS pixels. */
  readonly small: number
  readonly medium: number
  /** The text scale: 1 where a rem is 16 pixels. */
  readonly scale: number
}

/** Six lines that are told apart without colour vision as well, first those that differ most; darker or lighter than the kinds need to be. */
export function seriesColours({ dark }: Pick<ChartTheme, 'dark'>): readonly string[] {
  return dark
    ? ['#7fb8ff', '#f0a35c', '#5fd0a5', '#e79bc4', '#f0dc6c', '#b9c0cc']
    : ['#0066b8', '#b84a00', '#007a58', '#a8487f', '#8a6d00', '#5b6270']
}

function readChartTheme(): ChartTheme {
  const root = document.documentElement
  const style = getComputedStyle(root)
  const token = (name: string): string => style.getPropertyValue(name).trim()
  const scale = Number.parseFloat(style.fontSize) / 16 || 1
  const rem = (name: string): number => (Number.parseFloat(token(name)) || 0.8) * 16 * scale
  const kinds = KIND_LOOKS.map((look) => token(look.token))
  return {
    dark: root.dataset['theme'] === 'dark',
    surfaces: [token('--surface-0'), token('--surface-1'), token('--surface-2'), token('--surface-3')],
    ink1: token('--ink-1'),
    ink2: token('--ink-2'),
    ink3: token('--ink-3'),
    line: token('--line'),
    lineStrong: token('--line-strong'),
    accent: token('--accent'),
    danger: token('--danger'),
    warning: token('--warning'),
    good: token('--good'),
    kinds,
    kindInks: kinds.map((kind) => toHex(inkOn(parseRgb(kind)))),
    font: token('--font') || 'sans-serif',
    small: rem('--text-small'),
    medium: rem('--text-medium'),
    scale,
  }
}

export function useChartTheme(): Readonly<ShallowRef<ChartTheme>> {
  const theme = shallowRef(readChartTheme())
  const read = (): void => {
    theme.value = readChartTheme()
  }
  const observer = new MutationObserver(read)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'style', 'class'] })
  window.addEventListener('resize', read)
  onScopeDispose(() => {
    observer.disconnect()
    window.removeEventListener('resize', read)
  })
  return theme
}
