/** The same specs in a browser and in the desktop app; see window.ts for what opens them. */
import { defineConfig } from '@playwright/test'
import { findChromium } from './browser/find-chromium.ts'
import type { ShellOption } from './window.ts'

const { executablePath, env, args, ownFonts } = await findChromium()

export default defineConfig<ShellOption>({
  testDir: import.meta.dirname,
  testMatch: '**/*.spec.ts',
  outputDir: '../../out/e2e',
  snapshotPathTemplate: '{testDir}/pictures/{arg}{ext}',
  // Every test runs a fleet of its own.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env['CI']),
  use: {
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: { executablePath, args: [...args], env: { ...process.env, ...env } as Record<string, string> },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'web', use: { shell: 'web', sameEverywhere: ownFonts } },
    { name: 'electron', use: { shell: 'electron' } },
  ],
})
