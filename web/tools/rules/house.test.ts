import importPlugin from 'eslint-plugin-import'
import { Linter, RuleTester } from 'eslint'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { rules } from './house.mjs'
import { zones } from './zones.mjs'

const tester = new RuleTester({ languageOptions: { ecmaVersion: 2023, sourceType: 'module' } })
const WEB = path.resolve(import.meta.dirname, '../..')
const PORTAL = path.join(WEB, 'portal/data/api.ts')
const DESK = path.join(WEB, 'desk/data/api.ts')

tester.run('no-staff-endpoints', rules['no-staff-endpoints'], {
  valid: [
    { code: "fetch('/api/session')", filename: PORTAL },
    { code: "fetch('/live/v1/overview')", filename: PORTAL },
    { code: "const words = 'desk/lamp and staff'", filename: path.join(WEB, 'kit/desk.ts') },
    { code: "const word = 'desk'", filename: PORTAL },
    { code: "fetch('/api/desk/customers')", filename: DESK },
    { code: 'fetch(`/api/deskwork/${id}`)', filename: PORTAL },
  ],
  invalid: [
    { code: "fetch('/desk/')", filename: PORTAL, errors: [{ messageId: 'staff' }] },
    { code: "fetch('/api/desk/customers?q=1')", filename: PORTAL, errors: [{ messageId: 'staff' }] },
    { code: 'fetch(`/api/staff/${id}`)', filename: PORTAL, errors: [{ messageId: 'staff' }] },
    { code: "fetch('https://desk.example/admin/')", filename: PORTAL, errors: [{ messageId: 'staff' }] },
  ],
})

tester.run('kebab-file', rules['kebab-file'], {
  valid: ['a.ts', 'year-bars.test.tsx', 'money.module.css', 'vite.config.ts'].map((name) => ({ code: '', filename: name })),
  invalid: ['YearBars.tsx', 'year_bars.ts', 'yearBars.test.ts'].map((name) => ({ code: '', filename: name, errors: [{ messageId: 'name' }] })),
})

tester.run('no-barrel', rules['no-barrel'], {
  valid: [{ code: 'export const a = 1' }, { code: 'const a = 1; export { a }' }],
  invalid: [
    { code: "export * from './a.ts'", errors: [{ messageId: 'barrel' }] },
    { code: "export { a } from './a.ts'", errors: [{ messageId: 'barrel' }] },
  ],
})

/** Messages about who imports whom, for one line of code as if it stood in a file of ours. */
function bordersCrossed(file: string, code: string): string[] {
  const linter = new Linter({ cwd: WEB })
  const messages = linter.verify(
    code,
    [
      {
        files: ['**/*.ts', '**/*.tsx'],
        plugins: { import: importPlugin },
        settings: { 'import/resolver': { node: { extensions: ['.ts', '.tsx'] } } },
        rules: { 'import/no-restricted-paths': ['error', { zones, basePath: WEB }] },
      },
    ],
    { filename: path.join(WEB, file) },
  )
  return messages.map((message) => message.message)
}

describe('who may import whom', () => {
  test.each([
    ['kit/money/money.tsx', '../../portal/data/api.ts'],
    ['portal/data/api.ts', '../parts/screen.tsx'],
    ['portal/data/api.ts', '../features/overview/overview-screen.tsx'],
    ['portal/parts/screen.tsx', '../features/overview/overview-screen.tsx'],
    ['portal/features/overview/overview-screen.tsx', '../operations/operations-screen.tsx'],
    ['portal/features/overview/overview-screen.tsx', '../../app/shell.tsx'],
    ['portal/features/overview/overview-screen.tsx', '../../twin/people.ts'],
  ])('%s may not import %s', (file, target) => {
    expect(bordersCrossed(file, `import '${target}'`)).toHaveLength(1)
  })

  test.each([
    ['portal/app/app.tsx', '../features/sign-in/sign-in-screen.tsx'],
    ['portal/features/overview/overview-screen.tsx', './state-pane.tsx'],
    ['portal/features/overview/overview-screen.tsx', '../../parts/screen.tsx'],
    ['portal/features/overview/overview-screen.tsx', '../../data/api.ts'],
    ['portal/parts/screen.tsx', '../data/api.ts'],
    ['portal/data/api.ts', '../../kit/money/amount.ts'],
    ['portal/journeys/frame.test.tsx', '../twin/people.ts'],
  ])('%s may import %s', (file, target) => {
    expect(bordersCrossed(file, `import '${target}'`)).toEqual([])
  })
})
