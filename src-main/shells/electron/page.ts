/** The window's page as app://lab: files of the built window and nothing else, with a policy that runs no text as a program. */
import { type Session, protocol } from 'electron'
import { contentPolicy } from '../content-policy.ts'
import { builtFile } from '../web/static-files.ts'
import { SCHEME, isOurs } from './origin.ts'

/** MUST be called before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }])
}

/** @param directory of the built window */
export function servePage(session: Session, directory: string): void {
  session.protocol.handle(SCHEME, async ({ url, method }) => {
    const file = isOurs(url) && method === 'GET' ? await builtFile(directory, new URL(url).pathname) : null
    if (!file) return new Response('not found', { status: 404 })
    return new Response(new Uint8Array(file.bytes), {
      headers: { 'Content-Type': file.type, 'Content-Security-Policy': contentPolicy(), 'X-Content-Type-Options': 'nosniff' },
    })
  })
}
