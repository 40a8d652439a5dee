/** What every part of the stand-in asks: whether the app is ready, and what the test wants of the system. */

/** As Electron words it. */
export class RuleBroken extends Error {
  override name = 'RuleBroken'
}

export const clock = { ready: false }

/** @throws RuleBroken where Electron throws, does nothing, or does it too late to matter */
export function onlyBeforeReady(what: string): void {
  if (clock.ready) throw new RuleBroken(`${what} has to be called before the app is ready`)
}

export function onlyAfterReady(what: string): void {
  if (!clock.ready) throw new RuleBroken(`${what} can only be used once the app is ready`)
}

/** What the test wants of the system, for the whole life of the process. */
export interface System {
  /** On Wayland a page that is not shown is never drawn. */
  readonly readyToShow: boolean
  readonly platform: NodeJS.Platform
  /** Folder of this user's things. */
  readonly home: string
  /** The desktop has no program that opens things. */
  readonly opensNothing?: boolean
  /** Pages are shown in a browser of the test. */
  readonly inBrowser?: boolean
  /** The built window is gone. */
  readonly noPage?: boolean
}

export const system = JSON.parse(process.env['STAND_IN_SYSTEM'] ?? '{}') as System
