import { describe, expect, test } from 'vitest'
import { clockText, dateText, dayOf, monthMark, monthText, nearDay, timerText } from './people-time.ts'

const NOON = Date.parse('2026-11-22T09:04:00Z')

describe('days are the contract\'s, not the browser\'s', () => {
  test('half an hour before midnight in Moscow is still that day', () => {
    expect(dayOf('2026-11-21T20:30:00Z')).toBe('2026-11-21')
    expect(dayOf('2026-11-21T21:00:00Z')).toBe('2026-11-22')
  })

  test('today, yesterday, and all the rest', () => {
    expect(nearDay('2026-11-22', NOON)).toBe('today')
    expect(nearDay('2026-11-21', NOON)).toBe('yesterday')
    expect(nearDay('2026-11-20', NOON)).toBe('far')
    expect(nearDay('2026-11-23', NOON)).toBe('far')
  })
})

test('a clock, a date, a month as people write them', () => {
  expect(clockText('2026-11-22T09:04:00Z', 'ru')).toBe('12:04')
  expect(clockText('2026-11-22T06:04:00Z', 'en')).toMatch(/^0?9:04$/u)
  expect(dateText('2026-11-25', NOON, 'ru')).toBe('25 ноября')
  expect(dateText('2025-12-03', NOON, 'ru')).toBe('3 декабря 2025\u00a0г.')
  expect(dateText('2026-11-25', NOON, 'en')).toBe('25 November')
  expect(monthText('2026-11', 'ru')).toBe('ноябрь 2026')
  expect(monthText('2026-01', 'en')).toBe('January 2026')
  expect(monthMark('2026-01', 'ru')).toBe('Я')
})

test('a timer rounds up, so that zero means now', () => {
  expect(timerText(245)).toBe('4:05')
  expect(timerText(0.2)).toBe('0:01')
  expect(timerText(-3)).toBe('0:00')
})
