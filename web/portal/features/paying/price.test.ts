import { expect, test } from 'vitest'
import type { PayMethod } from '../../data/types.ts'
import { beyond, feeOf, inUnits, totalOf } from './price.ts'

const card: PayMethod = {
  id: 'card',
  kind: 'card',
  title: null,
  currency: 'RUB',
  least: '1.00',
  most: '500000.00',
  fee_percent: '0.80',
  fee_least: '1.00',
  arrives: 'at-once',
  off: null,
  receipt: [],
  saves: false,
}

test.each([
  ['1.00', '1.00'],
  ['125.00', '1.00'],
  ['125.01', '1.01'],
  ['1234.50', '9.88'],
  ['500000.00', '4000.00'],
])('the fee on top of %s is %s, rounded up and never below the least', (amount, fee) => {
  expect(feeOf(card, amount)).toBe(fee)
})

test('a way without a fee takes none', () => {
  expect(feeOf({ ...card, fee_percent: '0.00', fee_least: '0.00' }, '99.99')).toBe('0.00')
})

test('a currency without kopecks has none in its fee', () => {
  expect(feeOf({ ...card, currency: 'JPY', fee_least: '0' }, '1500')).toBe('12')
  expect(inUnits(5n, 'RUB')).toBe('0.05')
})

test('limits are of the sum', () => {
  expect(totalOf(['0.50', '0.49'])).toBe('0.99')
  expect([beyond(card, '0.99'), beyond(card, '1.00'), beyond(card, '500000.01')]).toEqual(['least', null, 'most'])
})
