/** The three parts of the desktop app: its main process with the workers, the preload, and the window. */
import { join } from 'node:path'
import { defineConfig } from 'electron-vite'
import renderer from './vite.renderer.config.ts'

const root = import.meta.dirname
const shell = join(root, 'src-main', 'shells', 'electron')

export default defineConfig({
  main: {
    build: {
      outDir: join(root, 'out', 'main'),
      // Bundled whole: the app ships no packages of its own, what computes runs in the lab's process.
      externalizeDeps: false,
      rollupOptions: {
        input: { main: join(shell, 'main.ts') },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    build: {
      outDir: join(root, 'out', 'preload'),
      // A sandboxed preload is CommonJS and may load no package.
      externalizeDeps: false,
      rollupOptions: { input: { preload: join(shell, 'preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer,
})
