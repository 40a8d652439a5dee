/** Where the lab's own files are. Entry points build it from their place; nothing else looks at paths of the code. */
import { join } from 'node:path'

export interface Resources {
  /** The `resources` folder. */
  readonly directory: string
  readonly deviceWorker: string
  readonly cloudWorker: string
  /** Where stripped worker sources are cached. */
  readonly compileCache: string
}

/** @param root of a source checkout */
export function sourceResources(root: string): Resources {
  return {
    directory: join(root, 'resources'),
    deviceWorker: join(root, 'src-main', 'workers', 'device.ts'),
    cloudWorker: join(root, 'src-main', 'workers', 'cloud.ts'),
    compileCache: join(root, 'node_modules', '.cache', 'cooperlab', 'compile'),
  }
}

export function kernelsPath({ directory }: Resources): string {
  return join(directory, 'kernels.wasm')
}

/** The directory of a checkpoint; `builtin:NAME` is one of the lab's own. */
export function checkpointDirectory({ directory }: Resources, checkpoint: string): string {
  return checkpoint.startsWith('builtin:') ? join(directory, 'models', checkpoint.slice('builtin:'.length)) : checkpoint
}
