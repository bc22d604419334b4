import { I18nProvider } from '@lingui/react'
import { act, render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { i18n, speak } from '../../portal/app/i18n.ts'
import { ClockContext } from './clock.tsx'
import { Age, Day, Moment } from './moments.tsx'

let now = Date.parse('2026-11-22T09:04:00Z')
const clock = () => now

afterEach(async () => {
  vi.useRealTimers()
  now = Date.parse('2026-11-22T09:04:00Z')
  await speak('ru')
})

function words(node: ReactNode): string {
  const { container } = render(
    <I18nProvider i18n={i18n}>
      <ClockContext value={clock}>{node}</ClockContext>
    </I18nProvider>,
  )
  return container.textContent
}

test('the age of a figure is always said', () => {
  expect(words(<Age at="2026-11-22T09:04:00Z" />)).toBe('на 12:04')
  expect(words(<Age at="2026-11-21T16:54:00Z" />)).toBe('на вчера, 19:54')
  expect(words(<Age at="2026-11-20T06:00:00Z" />)).toBe('на 20 ноября, 9:00')
})

test('moments and days are said as people say them', () => {
  expect(words(<Moment at="2026-11-22T08:51:00Z" />)).toBe('сегодня в 11:51')
  expect(words(<Moment at="2026-11-21T15:47:00Z" />)).toBe('вчера в 18:47')
  expect(words(<Moment at="2026-11-13T17:15:00Z" />)).toBe('13 ноября')
  expect(words(<Day day="2026-11-22" />)).toBe('Сегодня')
  expect(words(<Day day="2026-11-21" />)).toBe('Вчера')
  expect(words(<Day day="2025-12-01" />)).toBe('1 декабря 2025\u00a0г.')
})

test('far from there the age names the zone', () => {
  vi.stubEnv('TZ', 'Asia/Vladivostok')
  expect(words(<Age at="2026-11-22T09:04:00Z" />)).toBe('на 12:04 по Москве')
  vi.stubEnv('TZ', 'Asia/Riyadh') // another name, the same hour
  expect(words(<Age at="2026-11-22T09:04:00Z" />)).toBe('на 12:04')
  vi.unstubAllEnvs()
})

test('in English too', async () => {
  await speak('en')
  expect(words(<Age at="2026-11-22T09:04:00Z" />)).toBe('as of 12:04')
  expect(words(<Moment at="2026-11-21T15:47:00Z" />)).toBe('yesterday at 18:47')
})

test('what was today is yesterday after midnight, without a reload', () => {
  vi.useFakeTimers()
  const { container } = render(
    <I18nProvider i18n={i18n}>
      <ClockContext value={clock}>
        <Day day="2026-11-22" />
      </ClockContext>
    </I18nProvider>,
  )
  expect(container.textContent).toBe('Сегодня')
  now = Date.parse('2026-11-22T21:00:30Z')
  act(() => {
    vi.advanceTimersByTime(60_000)
  })
  expect(container.textContent).toBe('Вчера')
})
