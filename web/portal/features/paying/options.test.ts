import { expect, test } from 'vitest'
import { CARD, KEPT, SBP } from '../../twin/payments.ts'
import { barOf, optionsOf } from './options.ts'

test('kept cards stand before the ways, by an open way of theirs, and nowhere without one', () => {
  const shut = { ...CARD, id: 'shut', off: { ru: 'Чинят', en: 'Under repair' } }
  const card = { ...KEPT, methods: ['shut', 'card'] }
  const options = optionsOf([shut, CARD, SBP], [card, { ...KEPT, id: 'other', methods: [] }])
  expect(options.map(({ id, method }) => [id, method.id])).toEqual([
    [`card-${KEPT.id}`, 'card'],
    ['shut', 'shut'],
    ['card', 'card'],
    ['sbp', 'sbp'],
  ])
  expect(optionsOf([shut], [card])[0]?.method.id).toBe('shut')
})

test('an option is barred by its way, its card or the sum', () => {
  const option = { id: 'x', method: CARD, card: null }
  expect(barOf(option, '0')).toBeNull()
  expect(barOf(option, '0.10')).toBe('least')
  expect(barOf({ ...option, card: { ...KEPT, is_expired: true } }, '10')).toBe('expired')
  expect(barOf({ ...option, method: { ...CARD, off: { ru: 'Чинят', en: 'Under repair' } } }, '10')).toBe('off')
})
