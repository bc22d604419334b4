import { defineConfig } from '@lingui/cli'
import { formatter } from '@lingui/format-po'

// Russian is written in the sources, English is written by a person in en.po: same meaning, natural phrases.
export default defineConfig({
  sourceLocale: 'ru',
  locales: ['ru', 'en'],
  catalogs: [
    {
      path: '<rootDir>/portal/locales/{locale}',
      include: ['kit', 'portal'],
      exclude: ['**/*.test.*', '**/*.stories.*'],
    },
  ],
  format: formatter({ lineNumbers: false }),
})
