import { lingui } from '@lingui/vite-plugin'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** The customer's first line of text must not wait for the style sheet to name its fonts. */
function preloadFonts(names: RegExp): Plugin {
  return {
    name: 'okno-preload-fonts',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        return Object.keys(bundle ?? {})
          .filter((file) => names.test(file))
          .map((file) => ({
            tag: 'link',
            attrs: {
              rel: 'preload',
              href: `/${file}`,
              as: 'font',
              type: 'font/woff2',
              crossorigin: true,
              nonce: '__NONCE__',
            },
            injectTo: 'head-prepend' as const,
          }))
      },
    },
  }
}

export default defineConfig({
  root: 'portal',
  plugins: [
    react(),
    lingui({ macroTransform: true, failOnMissing: true }),
    preloadFonts(/golos-text-(latin|cyrillic)-wght.*\.woff2$/),
  ],
  html: { cspNonce: '__NONCE__' },
  server: { host: '127.0.0.1' },
  build: {
    outDir: '../dist/portal',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: ['chrome111', 'firefox114', 'safari16.4'],
  },
  test: {
    root: '.',
    environment: 'jsdom',
    setupFiles: ['./tools/vitest-setup.ts'],
    include: ['kit/**/*.test.{ts,tsx}', 'portal/**/*.test.{ts,tsx}', 'tools/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    testTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['kit/**/*.{ts,tsx}', 'portal/**/*.{ts,tsx}', 'tools/**/*.mjs'],
      exclude: ['**/*.test.*', 'portal/data/generated/**', '**/*.d.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: { lines: 93 },
    },
  },
})
