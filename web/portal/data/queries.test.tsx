import { render } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { Fault } from './api.ts'
import { useWorld } from './context.tsx'
import { createQueryClient } from './queries.ts'

test.each([
  [new Fault(0), true],
  [new Fault(503), true],
  [new Fault(500), false],
  [new Fault(404), false],
  [new Error('ours'), false],
])('only a silent network or a server in trouble is asked again: %s', (error, again) => {
  const retry = createQueryClient().getDefaultOptions().queries?.retry as (count: number, error: Error) => boolean
  expect(retry(0, error)).toBe(again)
  expect(retry(2, error)).toBe(false)
})

test('nothing is fetched again by age, focus or reconnect: the stream keeps it fresh', () => {
  expect(createQueryClient().getDefaultOptions().queries).toMatchObject({
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
})

test('the app does not stand outside its world', () => {
  function Outside() {
    useWorld()
    return null
  }
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  expect(() => render(<Outside />)).toThrow('outside a WorldContext')
})
