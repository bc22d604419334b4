import type { StorybookConfig } from '@storybook/react-vite'

const config: StorybookConfig = {
  stories: ['../portal/stories/*.stories.tsx', '../kit/**/*.stories.tsx'],
  framework: { name: '@storybook/react-vite', options: { builder: { viteConfigPath: 'vite.config.ts' } } },
  core: { disableTelemetry: true, disableWhatsNewNotifications: true },
  viteFinal: (config) => ({
    ...config,
    // Stories are no page of the portal: their page takes its own scripts, and no nonce is put in by a server.
    html: {},
    build: { ...config.build, outDir: undefined, emptyOutDir: false, assetsInlineLimit: 4096, chunkSizeWarningLimit: 4000 },
  }),
}

export default config
