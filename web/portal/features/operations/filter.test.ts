import { describe, expect, test } from 'vitest'
import type { ListFilter } from './filter.ts'
import { isFiltered, readFilter, toQuery, writeFilter } from './filter.ts'

const NOW = Date.parse('2026-11-22T09:04:00Z')
const ALL: ListFilter = { kind: 'all', period: 'all', from: '', to: '' }
const read = (search: string) => readFilter(new URLSearchParams(search))
const write = (filter: ListFilter, before = '') => writeFilter(new URLSearchParams(before), filter).toString()

test.each<[string, Partial<ListFilter>]>([
  ['', {}],
  ['kind=payment', { kind: 'payment' }],
  ['period=90', { period: '90' }],
  ['from=2026-09-01&to=2026-10-01', { period: 'own', from: '2026-09-01', to: '2026-10-01' }],
  ['to=2026-10-01', { period: 'own', to: '2026-10-01' }],
  ['period=own', { period: 'own' }],
])('the address %j and the filter are the same', (search, filter) => {
  expect(read(search)).toEqual({ ...ALL, ...filter })
  expect(write({ ...ALL, ...filter })).toBe(search)
})

test.each(['kind=bribe', 'period=7', 'from=yesterday', 'from=2026-99-99', 'to='])('%s makes no sense and filters nothing', (search) => {
  expect(read(search)).toEqual(ALL)
})

test('other parameters stay where they are', () => {
  expect(write({ ...ALL, kind: 'charge' }, 'account=019a&kind=payment&from=2026-01-01')).toBe('account=019a&kind=charge')
})

describe('the server is asked', () => {
  test('for thirty days that end today', () => {
    expect(toQuery({ ...ALL, period: '30' }, NOW)).toEqual({ kind: undefined, from: '2026-10-24' })
  })

  test('for own dates as they are, and for nothing that is not filtered', () => {
    expect(toQuery({ ...ALL, period: 'own', from: '2026-09-01' }, NOW)).toEqual({ from: '2026-09-01' })
    expect(toQuery(ALL, NOW)).toEqual({ kind: undefined })
  })
})

test('own dates without a date filter nothing yet', () => {
  expect(isFiltered(ALL)).toBe(false)
  expect(isFiltered({ ...ALL, period: 'own' })).toBe(false)
  expect(isFiltered({ ...ALL, period: 'own', to: '2026-01-01' })).toBe(true)
  expect(isFiltered({ ...ALL, period: '30' })).toBe(true)
  expect(isFiltered({ ...ALL, kind: 'refund' })).toBe(true)
})
