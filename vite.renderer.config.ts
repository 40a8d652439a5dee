/** How the window is built, for Electron (electron.vite.config.ts) and for the web shell alike. */
import { join } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { LICENCES, RENDERER, stamped } from './src-main/shells/build-stamp.ts'

const root = import.meta.dirname

export default defineConfig({
  root: join(root, 'src-renderer'),
  // Assets are found from wherever the page is served.
  base: './',
  plugins: [vue(), stamped(root, RENDERER)],
  build: {
    outDir: join(root, 'out', 'renderer'),
    emptyOutDir: true,
    license: LICENCES,
    minify: true,
    rollupOptions: { input: join(root, 'src-renderer', 'index.html') },
    target: 'es2024',
    chunkSizeWarningLimit: 1500,
  },
})
