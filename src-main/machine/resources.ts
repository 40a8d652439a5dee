/** The paths of the lab's own files. Entry points derive them from their own place; nothing else looks at paths of the code. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Resources {
  /** The path of the `resources` folder. */
  readonly directory: string
  readonly deviceWorker: string
  readonly cloudWorker: string
  /** The program that reads files of others. */
  readonly readerWorker: string
  /** Thread that has the store of sessions open. */
  readonly storeWorker: string
  /** Worker that takes training steps for the memory bench. */
  readonly benchWorker: string
  /** Worker that the engine bench times. */
  readonly engineWorker: string
  /** Program of the engine bench's PyTorch peer; there in a source checkout only. */
  readonly torchPeer: string
  /** Program of the bench of the window; there in a source checkout only. */
  readonly uiPeer: string
  /** The folders of the TypeScript that workers run from; none in a packaged lab. */
  readonly sources: readonly string[]
  /** The folder in which stripped worker sources are cached. */
  readonly compileCache: string
  /** The folder in which checkpoints converted to a narrow form are cached. */
  readonly weightsCache: string
  /** The folder for files that only one session needs while it runs. */
  readonly scratch: string
}

/** @param root the root of a source checkout */
export function sourceResources(root: string): Resources {
  return {
    directory: join(root, 'resources'),
    deviceWorker: join(root, 'src-main', 'workers', 'device.ts'),
    cloudWorker: join(root, 'src-main', 'workers', 'cloud.ts'),
    readerWorker: join(root, 'src-main', 'reading', 'reader-worker.ts'),
    storeWorker: join(root, 'src-main', 'store', 'store-worker.ts'),
    benchWorker: join(root, 'src-main', 'bench', 'training-worker.ts'),
    engineWorker: join(root, 'src-main', 'bench', 'engine-worker.ts'),
    torchPeer: join(root, 'tests', 'bench', 'torch_peer.py'),
    uiPeer: join(root, 'tests', 'bench', 'ui', 'main.ts'),
    sources: [join(root, 'src-main'), join(root, 'src-shared')],
    compileCache: join(root, 'node_modules', '.cache', 'cooperlab', 'compile'),
    weightsCache: join(root, 'node_modules', '.cache', 'cooperlab', 'weights'),
    scratch: tmpdir(),
  }
}

/** @param lab folder of a packaged lab (see vite.lab.config.ts) @param data that its user's caches are kept in */
export function packagedResources(lab: string, data: string): Resources {
  const out = join(lab, 'out')
  return {
    directory: join(lab, 'resources'),
    deviceWorker: join(out, 'device.js'),
    cloudWorker: join(out, 'cloud.js'),
    readerWorker: join(out, 'reader-worker.js'),
    storeWorker: join(out, 'store-worker.js'),
    benchWorker: join(out, 'training-worker.js'),
    engineWorker: join(out, 'engine-worker.js'),
    torchPeer: join(out, 'none'),
    uiPeer: join(out, 'none'),
    sources: [],
    compileCache: join(data, 'cache', 'compile'),
    weightsCache: join(data, 'cache', 'weights'),
    scratch: tmpdir(),
  }
}

export function kernelsPath({ directory }: Resources): string {
  return join(directory, 'kernels.wasm')
}

/** The directory of a checkpoint; `builtin:NAME` is one of the lab's own. */
export function checkpointDirectory({ directory }: Resources, checkpoint: string): string {
  return checkpoint.startsWith('builtin:') ? join(directory, 'models', checkpoint.slice('builtin:'.length)) : checkpoint
}
