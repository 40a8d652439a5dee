import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/unit/**/*.test.ts', 'tests/integration/**/*.test.ts', 'tests/packaging/**/*.test.ts'],
    environment: 'node',
    setupFiles: ['tests/seeded-properties.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    // Real processes take as long as the machine lets them.
    expect: { poll: { timeout: 30_000 } },
    // ONNX Runtime sends telemetry on Linux unless told otherwise before it loads; stripping types anew takes half a second of every command line.
    env: { ORT_DISABLE_TELEMETRY: '1', NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/cooperlab/compile') },
  },
})
