import { lingui } from '@lingui/vite-plugin'
import react from '@vitejs/plugin-react'
import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

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

/** Bytes that the way in may cost, gzipped: every budget is a wall, not a wish. */
const BUDGETS = { script: 120_000, style: 35_000, font: 65_000 }

/** Fails the build when the way in outgrows its budget: the entry, what it imports at once, one language, all fonts. */
function budgets(): Plugin {
  return {
    name: 'okno-budgets',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const needed = new Set<string>()
      const walk = (name: string) => {
        if (needed.has(name)) return
        needed.add(name)
        for (const next of chunks.find((chunk) => chunk.fileName === name)?.imports ?? []) walk(next)
      }
      for (const chunk of chunks) if (chunk.isEntry || chunk.name === 'ru') walk(chunk.fileName)
      const spent = { script: 0, style: 0, font: 0 }
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === 'chunk' && needed.has(name)) spent.script += gzipSync(file.code).length
        if (file.type === 'asset' && name.endsWith('.css')) spent.style += gzipSync(file.source).length
        if (file.type === 'asset' && name.endsWith('.woff2')) spent.font += file.source.length
      }
      for (const kind of ['script', 'style', 'font'] as const) {
        const line = `${kind}: ${String(spent[kind])} of ${String(BUDGETS[kind])} bytes`
        if (spent[kind] > BUDGETS[kind]) this.error(`the way in is too heavy: ${line}`)
        this.info(line)
      }
    },
  }
}

export default defineConfig({
  root: 'portal',
  plugins: [
    react(),
    lingui({ macroTransform: true, failOnMissing: true }),
    budgets(),
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
})
