/** The system's AbortSignal, for code that is checked without the types of Node and of browsers, both of which have it. */
interface PlainSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(event: 'abort', listener: () => void, options?: { readonly once: boolean }): void
  removeEventListener(event: 'abort', listener: () => void): void
}

export type CancelSignal = typeof globalThis extends { readonly AbortSignal: { readonly prototype: infer S extends PlainSignal } }
  ? S
  : PlainSignal

interface Controller {
  readonly signal: CancelSignal
  abort(reason?: unknown): void
}

declare const AbortSignal: abstract new () => CancelSignal
declare const AbortController: new () => Controller

export function isSignal(value: unknown): value is CancelSignal {
  return value instanceof AbortSignal
}

export function newController(): Controller {
  return new AbortController()
}
