import { expect, test } from 'vitest'
import { generated, stale } from './api-types.mjs'

test('the types are what the servers\' documents say', async () => {
  expect(await stale()).toEqual([])
})

test('both documents speak of what the portal asks for', async () => {
  const files = await generated()
  expect([...files.keys()]).toEqual(['portal/data/generated/live.ts', 'portal/data/generated/portal.ts'])
  expect(files.get('portal/data/generated/live.ts')).toContain('"/live/v1/overview"')
  expect(files.get('portal/data/generated/portal.ts')).toContain('"/api/session/password"')
})
