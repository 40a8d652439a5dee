/** The window's own connection to the lab, as src-renderer has it, in a page that is no document. */
import type { LabCalls } from '#shared/api/lab-api.ts'
import { callLab } from '#shared/api/lab-rpc.ts'
import { tryEverything } from '../../../src-renderer/commands/smoke.ts'
import { portFromShell } from '#renderer/transport/connect.ts'

export class LabCallsOver {
  private calls: Promise<LabCalls> | null = null

  /** @param window and location, as scripts of a page find them */
  constructor(window: object, location: object) {
    Object.assign(globalThis, { window, location })
  }

  async call(name: string, values: readonly unknown[]): Promise<unknown> {
    const lab = await (this.calls ??= this.connect())
    return (lab[name as keyof LabCalls] as (...values: unknown[]) => Promise<unknown>)(...values)
  }

  async smoke(): Promise<readonly string[]> {
    return tryEverything(await (this.calls ??= this.connect()))
  }

  private async connect(): Promise<LabCalls> {
    const quiet = (): void => {}
    return callLab(await portFromShell(), { events: quiet, status: quiet, doing: quiet, sessionsChanged: quiet, warn: quiet })
  }
}
