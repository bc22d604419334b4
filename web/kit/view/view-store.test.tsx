import { act, renderHook } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { setMedia } from '../../tools/vitest-setup.ts'
import { currentView, resolveTheme, setView, startView, useView } from './view-store.ts'

const KEY = 'okno.view'
let stop: (() => void) | undefined

afterEach(() => {
  stop?.()
  stop = undefined
})

describe('what was kept', () => {
  test('is read and painted at the start', () => {
    localStorage.setItem(KEY, JSON.stringify({ theme: 'night', text: 'large', hidden: true, language: 'en' }))
    stop = startView()
    expect(currentView()).toEqual({ theme: 'night', text: 'large', hidden: true, language: 'en' })
    const root = document.documentElement
    expect([root.dataset['theme'], root.dataset['text'], root.lang]).toEqual(['night', 'large', 'en'])
  })

  test.each(['not json', 'null', '{"theme":"pink","language":"fr","hidden":"yes","text":7}', '[]'])(
    'is never trusted: %s gives the defaults',
    (raw) => {
      localStorage.setItem(KEY, raw)
      stop = startView()
      expect(currentView()).toEqual({ theme: 'system', text: 'normal', hidden: false, language: 'ru' })
    },
  )

  test('is only how the page looks, nothing about the person', () => {
    setView({ hidden: true })
    expect(Object.keys(localStorage)).toEqual([KEY])
    expect(Object.keys(JSON.parse(localStorage.getItem(KEY) ?? '{}') as object).sort()).toEqual([
      'hidden',
      'language',
      'text',
      'theme',
    ])
  })
})

test('a change is seen at once, here and from another tab', () => {
  stop = startView()
  const { result } = renderHook(() => useView())
  act(() => {
    setView({ hidden: true })
  })
  expect(result.current.hidden).toBe(true)
  act(() => {
    dispatchEvent(new StorageEvent('storage', { key: KEY, newValue: '{"hidden":false,"theme":"contrast"}' }))
  })
  expect(result.current).toMatchObject({ hidden: false, theme: 'contrast' })
  act(() => {
    dispatchEvent(new StorageEvent('storage', { key: 'other', newValue: '{"hidden":true}' }))
  })
  expect(result.current.hidden).toBe(false)
})

test('the system decides when it is asked to', () => {
  expect(resolveTheme('system')).toBe('light')
  setMedia('(prefers-color-scheme: dark)', true)
  expect(resolveTheme('system')).toBe('night')
  setMedia('(prefers-contrast: more)', true)
  expect(resolveTheme('system')).toBe('contrast')
  expect(resolveTheme('light')).toBe('light')
})

test('a browser without storage still changes its view', () => {
  const told = vi.spyOn(console, 'info').mockImplementation(() => undefined)
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  setView({ theme: 'night' })
  expect(document.documentElement.dataset['theme']).toBe('night')
  expect(told).toHaveBeenCalledOnce()
})
