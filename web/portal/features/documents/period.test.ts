import { expect, test } from 'vitest'
import { daysOf, wrongOf } from './period.ts'

const NOW = Date.parse('2026-11-22T09:04:00Z')
const NEW_YEAR = Date.parse('2027-01-01T00:30:00+03:00')

test.each([
  ['last-month', '2026-10-01', '2026-10-31'],
  ['month', '2026-11-01', '2026-11-22'],
  ['three-months', '2026-08-01', '2026-10-31'],
  ['year', '2026-01-01', '2026-11-22'],
  ['last-year', '2025-01-01', '2025-12-31'],
] as const)('%s is from %s to %s', (preset, first, last) => {
  expect(daysOf(preset, NOW)).toEqual({ first, last })
})

test('in the first hour of a year its months are those of the contract\'s zone', () => {
  expect(daysOf('last-month', NEW_YEAR)).toEqual({ first: '2026-12-01', last: '2026-12-31' })
  expect(daysOf('three-months', NEW_YEAR)).toEqual({ first: '2026-10-01', last: '2026-12-31' })
  expect(daysOf('year', NEW_YEAR)).toEqual({ first: '2027-01-01', last: '2027-01-01' })
})

test.each([
  ['', '2026-10-31', 'no-first'],
  ['2026-10-01', '', 'no-last'],
  ['2026-10-02', '2026-10-01', 'backwards'],
  ['2026-11-23', '2026-11-24', 'future'],
  ['2025-01-01', '2026-01-02', 'too-long'],
  ['2025-01-01', '2026-01-01', null],
  ['2026-11-22', '2026-12-31', null],
])('own days from %j to %j: %s', (first, last, wrong) => {
  expect(wrongOf({ first, last }, NOW)).toBe(wrong)
})
