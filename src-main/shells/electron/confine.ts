/** Keeps every page of the app where it is: no permission, no other address, no other window, no request to anywhere. */
import type { App, Session, WebContents } from 'electron'
import { isOurs } from './origin.ts'

/** The addresses that our page may load beside its own files: those it made itself. */
const OWN = /^(app:\/\/lab\/|blob:app:\/\/lab\/|data:|devtools:)/

export function confineSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !OWN.test(url) }))
}

export function confineContents(app: App): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-navigate', (event) => {
      if (!isOurs(event.url)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-frame-navigate', (event) => {
      if (!isOurs(event.url)) event.preventDefault()
    })
    contents.on('will-attach-webview', (event) => event.preventDefault())
  })
}
