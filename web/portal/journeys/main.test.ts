import { waitFor } from '@testing-library/dom'
import { afterEach, expect, test, vi } from 'vitest'
import { here } from '../testing/open-app.tsx'
import { inDebt } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
  document.body.replaceChildren()
})

test('the page starts the app in its place, with the browser\'s own fetch', async () => {
  const twin = new Twin({ person: inDebt(), state: 'closed' })
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => twin.fetch(input, init))
  document.body.innerHTML = '<div id="app"></div>'
  await import('../app/main.tsx')
  await waitFor(() => {
    expect(here('screen.login')).toBeTruthy()
  })
  expect(twin.calls[0]?.headers['Accept-Language']).toBe('ru')
  expect(location.pathname).toBe('/login')
})

test('a page without a place for it fails loudly', async () => {
  await expect(import('../app/main.tsx')).rejects.toThrow('no place for the app')
})
