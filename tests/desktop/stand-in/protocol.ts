/** Schemes and sessions of the stand-in. */
import { onlyAfterReady, onlyBeforeReady, system } from './rules.ts'

type Handler = (request: Request | { url: string; method: string }) => Promise<Response> | Response

const standard = new Set<string>()
const handlers = new Map<string, Handler>()
type Decide = (details: { url: string }, answer: (result: { cancel: boolean }) => void) => void
let decide: Decide = (_details, answer) => answer({ cancel: false })

let registered = false
export const protocol = {
  registerSchemesAsPrivileged(
    schemes: readonly { readonly scheme: string; readonly privileges?: { readonly standard?: boolean } }[],
  ): void {
    onlyBeforeReady('protocol.registerSchemesAsPrivileged')
    if (registered) throw new Error('protocol.registerSchemesAsPrivileged can be called only once')
    registered = true
    for (const { scheme, privileges } of schemes) if (privileges?.standard) standard.add(scheme)
  },
}

const asked = { permission: null as unknown, check: null as unknown, device: null as unknown }

const defaultSession = {
  protocol: {
    handle: (scheme: string, handler: Handler): void => {
      if (handlers.has(scheme)) throw new Error(`${scheme} is handled already`)
      handlers.set(scheme, handler)
    },
  },
  webRequest: { onBeforeRequest: (handler: Decide): void => void (decide = handler) },
  setPermissionRequestHandler: (handler: unknown): void => void (asked.permission = handler),
  setPermissionCheckHandler: (handler: unknown): void => void (asked.check = handler),
  setDevicePermissionHandler: (handler: unknown): void => void (asked.device = handler),
}

export const session = {
  get defaultSession() {
    onlyAfterReady('session.defaultSession')
    return defaultSession
  },
}

/** What a page may do and load, as the app decided. */
export function allowed() {
  const granted: unknown[] = []
  ;(asked.permission as (contents: null, permission: string, answer: (granted: boolean) => void) => void)(null, 'media', (one) =>
    granted.push(one),
  )
  granted.push((asked.check as () => unknown)(), (asked.device as () => unknown)())
  const loads = (url: string): boolean => {
    let cancelled = true
    decide({ url }, ({ cancel }) => (cancelled = cancel))
    return !cancelled
  }
  return { granted, loads }
}

/** What a page gets for an address. @returns null: nothing, the request is denied or nobody answers it */
export async function respond(url: string): Promise<Response | null> {
  const { protocol: scheme } = new URL(url)
  const name = scheme.slice(0, -1)
  // A scheme that is not standard has no host, and so no origin.
  if (!standard.has(name)) return null
  let cancelled = false
  decide({ url }, ({ cancel }) => (cancelled = cancel))
  const handler = handlers.get(name)
  return cancelled || !handler || system.noPage ? null : handler({ url, method: 'GET' })
}
