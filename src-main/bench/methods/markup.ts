/** Escapes text for HTML and SVG. */

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}

/** Numbers of a drawing: hundredths are below what can be seen. */
export function coordinate(value: number): string {
  return String(Number(value.toFixed(2)))
}
