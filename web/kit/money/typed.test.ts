import { expect, test } from 'vitest'
import { decimalsOf, readTyped } from './typed.ts'

test.each([
  ['1234.5', '1234.50'],
  ['1 234,5', '1234.50'],
  ['1\u00a0234,50 ₽', '1234.50'],
  ['1\u202f234 руб.', '1234.00'],
  ['\u200e1\u2009234,50\u200b', '1234.50'],
  ['1,234.50', '1234.50'],
  ['1.234.567,8', '1234567.80'],
  [' 007 ', '7.00'],
  [',5', '0.50'],
  ['100,', '100.00'],
  ['+15', '15.00'],
  ['１２', '12.00'],
  ['１　２３４，５０', '1234.50'],
  ['\u200b1\u2009234\u00ad,50\ufeff', '1234.50'],
])('people type %s and mean %s', (text, amount) => {
  expect(readTyped(text, 'RUB')).toEqual({ amount })
})

test.each([
  ['', 'empty'],
  [' ₽', 'empty'],
  ['0', 'nothing'],
  ['0,00', 'nothing'],
  ['-5', 'nothing'],
  ['−5,10', 'nothing'],
  ['1.234', 'decimals'],
  ['1,234', 'decimals'],
  ['0,001', 'decimals'],
  ['сто', 'unreadable'],
  ['1e3', 'unreadable'],
  ['1²', 'unreadable'],
  ['½', 'unreadable'],
  ['١٢', 'unreadable'],
  ['1,2,3', 'unreadable'],
  ['.', 'unreadable'],
  ['9'.repeat(13), 'too-large'],
])('%s is asked again: %s', (text, wrong) => {
  expect(readTyped(text, 'RUB')).toEqual({ wrong })
})

test('a currency has the decimals that it has', () => {
  expect([decimalsOf('RUB'), decimalsOf('JPY')]).toEqual([2, 0])
  expect(readTyped('1 500', 'JPY')).toEqual({ amount: '1500' })
  expect(readTyped('1,5', 'JPY')).toEqual({ wrong: 'decimals' })
})
