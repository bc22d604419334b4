import { defineConfig, mergeConfig } from 'vitest/config'
import app from './vite.config.ts'

/** Apart from the build's file: the demo builds without any tool of development. */
export default mergeConfig(
  app,
  defineConfig({
    test: {
      root: '.',
      environment: 'jsdom',
      setupFiles: ['./tools/vitest-setup.ts'],
      include: ['kit/**/*.test.{ts,tsx}', 'portal/**/*.test.{ts,tsx}', 'tools/**/*.test.{ts,tsx}'],
      restoreMocks: true,
      env: { TZ: 'Europe/Moscow' },
      testTimeout: 60_000,
      coverage: {
        provider: 'v8',
        include: ['kit/**/*.{ts,tsx}', 'portal/**/*.{ts,tsx}', 'tools/**/*.mjs'],
        exclude: ['**/*.test.*', 'portal/data/generated/**', '**/*.d.ts'],
        reporter: ['text-summary', 'json-summary', 'html'],
        thresholds: { lines: 93 },
      },
    },
  }),
)
