/** The three parts of the desktop app: its main process with the workers, the preload, and the window. */
import { join } from 'node:path'
import { defineConfig } from 'electron-vite'
import { LICENCES, MAIN, PRELOAD, stamped } from './src-main/shells/build-stamp.ts'
import renderer from './vite.renderer.config.ts'

const root = import.meta.dirname
const shell = join(root, 'src-main', 'shells', 'electron')

export default defineConfig({
  main: {
    // Where the app looks for releases is known to whoever builds them.
    define: { 'process.env.COOPERLAB_RELEASES': JSON.stringify(process.env['COOPERLAB_RELEASES'] ?? '') },
    plugins: [stamped(root, MAIN)],
    build: {
      license: LICENCES,
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
    plugins: [stamped(root, PRELOAD)],
    build: {
      license: LICENCES,
      outDir: join(root, 'out', 'preload'),
      // A sandboxed preload is CommonJS and may load no package.
      externalizeDeps: false,
      rollupOptions: { input: { preload: join(shell, 'preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer,
})
