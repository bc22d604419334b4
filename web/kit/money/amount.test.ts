import { describe, expect, test } from 'vitest'
import { addAmounts, amountParts, amountText, negated, signOf, toThousandths } from './amount.ts'

const rub = (amount: string) => ({ amount, currency: 'RUB' })

describe('an amount is printed', () => {
  test('in Russian with no-break spaces and the rouble behind', () => {
    expect(amountText(rub('1234.50'), 'ru')).toBe('1\u00a0234,50\u00a0₽')
  })

  test('in English with the rouble before', () => {
    expect(amountText(rub('1234.50'), 'en')).toMatch(/^(?:RUB\u00a0|₽)1,234\.50$/u)
  })

  test('exactly, however long it is', () => {
    expect(amountText(rub('9007199254740993.25'), 'ru')).toBe('9\u00a0007\u00a0199\u00a0254\u00a0740\u00a0993,25\u00a0₽')
  })

  test('without its sign, which is the caller\'s to show', () => {
    expect(amountText(rub('-12345678.90'), 'ru')).toBe('12\u00a0345\u00a0678,90\u00a0₽')
    expect(amountText(rub('-0.00'), 'ru')).toBe('0,00\u00a0₽')
  })

  test('in parts, kopecks apart', () => {
    expect(amountParts(rub('-12345678.90'), 'ru')).toEqual({
      whole: '12\u00a0345\u00a0678',
      fraction: ',90',
      currency: '₽',
      currencyFirst: false,
    })
  })

  test('by the decimals of its currency', () => {
    expect(amountText({ amount: '500', currency: 'JPY' }, 'ru')).toBe('500\u00a0¥')
    expect(amountParts({ amount: '1.250', currency: 'KWD' }, 'ru').fraction).toBe(',250')
  })

  test.each(['', '1,50', '1.', '.5', '1e3', '--1', '1.2345', 'NaN', ' 1'])('never from %j', (amount) => {
    expect(() => amountText(rub(amount), 'ru')).toThrow(RangeError)
    expect(() => signOf(amount)).toThrow(RangeError)
  })
})

describe('amounts are added', () => {
  test.each([
    ['0.10', '0.20', '0.30'],
    ['9007199254740993.25', '0.75', '9007199254740994.00'],
    ['-1.50', '1.00', '-0.50'],
    ['-0.05', '0.05', '0.00'],
    ['1', '2', '3'],
    ['1.5', '0.25', '1.75'],
    ['1.250', '-0.001', '1.249'],
  ])('%s + %s = %s', (first, second, sum) => {
    expect(addAmounts(first, second)).toBe(sum)
    expect(addAmounts(second, first)).toBe(sum)
  })

  test('and turned round', () => {
    expect(negated('12.30')).toBe('-12.30')
    expect(negated('-12.30')).toBe('12.30')
    expect(negated('0.00')).toBe('0.00')
  })

  test('exactly in thousandths', () => {
    expect(toThousandths('12.30')).toBe(12300n)
    expect(toThousandths('-0.005')).toBe(-5n)
  })

  test('and known by their sign', () => {
    expect([signOf('0.01'), signOf('0.00'), signOf('-0.00'), signOf('-3')]).toEqual([1, 0, 0, -1])
  })
})
