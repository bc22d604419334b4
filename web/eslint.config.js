import importPlugin from 'eslint-plugin-import'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'
import { rules as house } from './tools/rules/house.mjs'
import { zones } from './tools/rules/zones.mjs'

export default tseslint.config(
  { ignores: ['dist', 'storybook-static', 'album', 'coverage', 'node_modules', 'portal/data/generated'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  jsxA11y.flatConfigs.strict,
  reactHooks.configs.flat['recommended-latest'],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { import: importPlugin, house: { rules: house } },
    settings: { 'import/resolver': { node: { extensions: ['.ts', '.tsx', '.mjs', '.js'] } } },
    rules: {
      'import/no-restricted-paths': ['error', { zones }],
      'import/no-cycle': 'error',
      'house/kebab-file': 'error',
      'house/no-staff-endpoints': 'error',
      'house/no-barrel': 'error',
      'max-lines': ['error', 400],
      // Arrow functions hand a promise or a value on; `void` is written where a promise is let go.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Index signatures are read as such: tsc's noPropertyAccessFromIndexSignature stays off, brackets are a choice.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
    },
  },
  // A test may fetch what it tests with from anywhere.
  { files: ['**/*.test.{ts,tsx}'], rules: { 'import/no-restricted-paths': 'off' } },
  { files: ['**/*.{mjs,js}'], ...tseslint.configs.disableTypeChecked },
)
