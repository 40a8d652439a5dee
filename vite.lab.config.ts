/** The lab's own process and its workers as a packaged app ships them: JavaScript for Node, native packages beside it. */
import { join } from 'node:path'
import { defineConfig } from 'vite'
import { LAB, LICENCES, stamped } from './src-main/shells/build-stamp.ts'

const root = import.meta.dirname
const main = join(root, 'src-main')

export default defineConfig({
  // Without it Vite takes the project's own imports for packages.
  resolve: { alias: { '#main': main, '#shared': join(root, 'src-shared') } },
  plugins: [stamped(root, LAB)],
  // Everything that isn't native is bundled.
  ssr: { noExternal: true, external: ['better-sqlite3', 'koffi', 'onnxruntime-node', 'tokenizers'] },
  build: {
    ssr: true,
    target: 'node24',
    outDir: join(root, 'out', 'lab'),
    emptyOutDir: true,
    license: LICENCES,
    minify: false,
    rollupOptions: {
      input: {
        process: join(main, 'shells', 'process', 'main.ts'),
        device: join(main, 'workers', 'device.ts'),
        cloud: join(main, 'workers', 'cloud.ts'),
        'reader-worker': join(main, 'reading', 'reader-worker.ts'),
        'store-worker': join(main, 'store', 'store-worker.ts'),
        'check-pages': join(main, 'store', 'check-pages.ts'),
        'training-worker': join(main, 'bench', 'training-worker.ts'),
        'engine-worker': join(main, 'bench', 'engine-worker.ts'),
      },
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
})
