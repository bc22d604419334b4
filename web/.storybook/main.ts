import type { StorybookConfig } from '@storybook/react-vite'

const config: StorybookConfig = {
  stories: ['../portal/stories/*.stories.tsx'],
  framework: { name: '@storybook/react-vite', options: { builder: { viteConfigPath: 'vite.config.ts' } } },
  core: { disableTelemetry: true, disableWhatsNewNotifications: true },
  viteFinal: (config) => ({
    ...config,
    // Stories are no page of the portal: no server puts a nonce into them, and the portal's budget is not theirs.
    html: {},
    plugins: config.plugins?.flat().filter((plugin) => !(plugin && 'name' in plugin && plugin.name.startsWith('okno-'))),
    build: { ...config.build, outDir: undefined, emptyOutDir: false, assetsInlineLimit: 4096, chunkSizeWarningLimit: 4000 },
  }),
}

export default config
