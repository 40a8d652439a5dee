/**
 * Finds the page's element under the pointer, for the native context menu. It runs in the preload, which sees the page's elements and not its
 * programs.
 */
import type { Pointed } from '#shared/api/desktop.ts'

const LONGEST_VALUE = 1000
/** Elements that hold one value each. */
const VALUES = 'td, th, dd, output, code, [data-value], .value, .fact, .name'

export function pointedAt(x: number, y: number): Pointed {
  const element = document.elementFromPoint(x, y)
  const holder = element?.closest<HTMLElement>(VALUES)
  return { value: (holder?.innerText ?? '').trim().slice(0, LONGEST_VALUE), picture: canvasAt(x, y) !== null }
}

/** @returns a PNG; null: there is no chart any more */
export async function pictureAt(x: number, y: number): Promise<Uint8Array | null> {
  const canvas = canvasAt(x, y)
  const blob = canvas && (await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve)))
  return blob && new Uint8Array(await blob.arrayBuffer())
}

/** Charts may have other layers above the one that is drawn. */
function canvasAt(x: number, y: number): HTMLCanvasElement | null {
  return document.elementsFromPoint(x, y).find((element) => element instanceof HTMLCanvasElement) ?? null
}
