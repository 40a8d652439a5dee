/** Whether the program has the fuses that electron-builder.config.mjs asks for. https://www.electronjs.org/docs/latest/tutorial/fuses */
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
// @ts-expect-error a settings file without types
import config from '../../electron-builder.config.mjs'
import type { App } from './unpack.ts'

export async function fuseProblems({ program }: App): Promise<string[]> {
  const wire = await getCurrentFuseWire(program)
  return Object.entries(config.electronFuses as Record<string, boolean>).flatMap(([name, on]) => {
    const fuse = FuseV1Options[(name[0]!.toUpperCase() + name.slice(1)) as keyof typeof FuseV1Options]
    const expected = on ? FuseState.ENABLE : FuseState.DISABLE
    return wire[fuse] === expected ? [] : [`the fuse ${name} is not ${on ? 'on' : 'off'}`]
  })
}
