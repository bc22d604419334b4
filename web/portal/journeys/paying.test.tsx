import { waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { setView } from '../../kit/view/view-store.ts'
import { here, isFocused, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { allPaid, closed, COTTAGE, HOME, inCredit, inDebt, twoAccounts, withoutAccounts } from '../twin/people.ts'
import { CARD, PAGE } from '../twin/payments.ts'
import { Twin } from '../twin/twin.ts'

const begun = (twin: Twin) => twin.calls.filter((call) => call.method === 'POST' && call.path === '/api/payments')
const amount = async (tail = '4567') => (await there(`pay.amount.${tail}`)) as HTMLInputElement
const way = (id: string) => here(`pay.way.${id}`) as HTMLInputElement

async function write(text: string, tail = '4567') {
  const field = await amount(tail)
  await userEvent.clear(field)
  if (text) await userEvent.type(field, text)
  return field
}

describe('from the overview', () => {
  test('the debt is proposed, the first way is chosen, one press leads to the page of the payment system', async () => {
    const twin = new Twin({ person: inDebt() })
    const { address } = openApp(twin)
    await userEvent.click(await there('overview.pay'))
    expect((await amount()).value.replaceAll('\u00a0', ' ')).toBe('1 234,50')
    expect(way('card').checked).toBe(true)
    expect(textOf(here('pay.ways'))).toMatch(/Банковской картойзачислим сразу, без комиссии.*ПолучательВодоканал «Ключ»Всего спишется1 234,50 ₽/u)
    await userEvent.click(here('pay.submit'))
    await reads('Открываем страницу платёжной системы')
    await waitFor(() => {
      expect(twin.left).toEqual([PAGE])
    })
    const [payment] = twin.payments.all
    expect(address()).toBe(`/payments/${payment?.id ?? ''}`)
    expect(begun(twin).map((call) => call.body)).toEqual([
      {
        key: expect.stringMatching(/^[0-9a-f-]{36}$/u) as string,
        method: 'card',
        currency: 'RUB',
        locale: 'ru',
        shares: [{ account: HOME, amount: '1234.50' }],
      },
    ])
  })

  test.each([
    ['a credit', inCredit()],
    ['nothing owed', allPaid()],
  ])('%s may be paid ahead, and nothing is proposed', async (_name, person) => {
    openApp(new Twin({ person }))
    expect(textOf(await there('overview.pay'))).toBe('Заплатить вперёд')
    await userEvent.click(here('overview.pay'))
    expect((await amount()).value).toBe('')
    await reads('можно заплатить вперёд')
  })

  test('a closed account is not paid', async () => {
    openApp(new Twin({ person: closed() }))
    await reads('Счёт закрыт')
    expect(isHere('overview.pay')).toBe(false)
  })
})

describe('what people type', () => {
  test('is read as they mean it and shown as amounts are written', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/pay')
    const field = await write('1234.5 р')
    await userEvent.tab()
    expect(field.value.replaceAll('\u00a0', ' ')).toBe('1 234,50')
    await write('20')
    await userEvent.keyboard('{Enter}')
    await waitFor(() => {
      expect(begun(twin)[0]?.body['shares']).toEqual([{ account: HOME, amount: '20.00' }])
    })
  })

  test.each([
    ['', 'Напишите сумму'],
    ['сто', 'Напишите сумму цифрами'],
    ['0,001', 'не больше двух цифр'],
    ['-5', 'больше нуля'],
    ['9999999999999', 'Такую большую сумму'],
  ])('%s is asked again beside the field, and nothing is sent', async (text, words) => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/pay')
    const field = await write(text)
    await userEvent.click(here('pay.submit'))
    await reads(words)
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(document.activeElement).toBe(field)
    expect(begun(twin)).toEqual([])
  })

  test('another sum is one press away from the debt again', async () => {
    openApp(new Twin({ person: inDebt() }), '/pay')
    const field = await write('5')
    await userEvent.click(here('pay.debt.4567'))
    expect(field.value.replaceAll('\u00a0', ' ')).toBe('1 234,50')
    expect(isHere('pay.debt.4567')).toBe(false)
  })

  test('hidden sums stand in no field', async () => {
    setView({ hidden: true })
    openApp(new Twin({ person: inDebt() }), '/pay')
    expect((await amount()).value).toBe('')
    expect(document.body.textContent).not.toContain('234,50')
  })
})

describe('a way to pay', () => {
  test('says its fee and its time before it is chosen, and what is taken in all', async () => {
    openApp(new Twin({ person: inDebt() }), '/pay')
    await amount()
    expect(textOf(here('pay.ways'))).toContain('Кошелёк ЮMoneyзачислим на следующий рабочий день, комиссия 9,88 ₽')
    await userEvent.click(way('wallet'))
    expect(textOf(here('pay.ways'))).toMatch(/Всего спишется1 244,38 ₽.*из них комиссия платёжной системы9,88 ₽/u)
    await write('')
    expect(textOf(here('pay.ways'))).toContain('комиссия 0,8 %')
  })

  test('that does not take the sum says between what limits it does, and another is chosen', async () => {
    openApp(new Twin({ person: inDebt() }), '/pay')
    await write('20000')
    expect(way('wallet').disabled).toBe(true)
    expect(textOf(here('pay.ways'))).toMatch(/не больше 15 000,00 ₽.*за раз/u)
    await write('5')
    expect(way('sbp').disabled).toBe(true)
    expect(textOf(here('pay.ways'))).toContain('от 10,00 ₽')
  })

  test('that none of them takes leaves nothing to press', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/pay')
    await write('900000')
    expect((here('pay.submit') as HTMLButtonElement).disabled).toBe(true)
    await userEvent.type(await amount(), '{Enter}')
    expect(begun(twin)).toEqual([])
  })

  test('of another currency is not offered; without any the page says what to do', async () => {
    const twin = new Twin({ person: inDebt() })
    twin.payments.methods = [{ ...CARD, currency: 'EUR' }]
    openApp(twin, '/pay')
    await reads('Оплаты через кабинет пока нет')
  })
})

test('several accounts are paid at once, those with an empty field are not', async () => {
  const twin = new Twin({ person: twoAccounts() })
  openApp(twin, `/pay?account=${COTTAGE}`)
  expect((await amount()).value).toBe('')
  await userEvent.click(here('pay.submit'))
  await reads('хотя бы для одного счёта')
  await write('100', '9921')
  await userEvent.click(here('pay.debt.4567'))
  await userEvent.click(here('pay.submit'))
  await waitFor(() => {
    expect(begun(twin)[0]?.body['shares']).toEqual([
      { account: HOME, amount: '1234.50' },
      { account: COTTAGE, amount: '100.00' },
    ])
  })
})

test('the account of the address alone is proposed', async () => {
  openApp(new Twin({ person: twoAccounts() }), '/pay')
  expect((await amount()).value).not.toBe('')
})

describe('one action is one payment', () => {
  test('an answer that was lost is asked for again with the same key, another sum has another', async () => {
    const twin = new Twin({ person: inDebt(), troubles: { 'POST /api/payments': 'down' } })
    openApp(twin, '/pay')
    await amount()
    await userEvent.click(here('pay.submit'))
    await reads('Нет связи с сервером')
    await userEvent.click(here('pay.submit'))
    await waitFor(() => {
      expect(begun(twin)).toHaveLength(2)
    })
    await write('7')
    twin.troubles.clear()
    await userEvent.click(here('pay.submit'))
    await reads('Открываем страницу')
    const keys = begun(twin).map((call) => call.body['key'])
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
  })

  test('a double click sends one', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/pay')
    await amount()
    await userEvent.dblClick(here('pay.submit'))
    await reads('Открываем страницу')
    expect(begun(twin)).toHaveLength(1)
    expect(twin.payments.all).toHaveLength(1)
  })
})

test.each<[string, ConstructorParameters<typeof Twin>[0]['troubles'], RegExp]>([
  ['limits', { 'POST /api/payments': { status: 422, code: 'wrong-amount', least: 10_000, most: 200_000 } }, /от 100,00 ₽ до 2 000,00 ₽/u],
  ['a sum', { 'POST /api/payments': { status: 422, code: 'wrong-amount' } }, /Эту сумму принять нельзя/u],
  ['a closed account', { 'POST /api/payments': { status: 422, code: 'account-closed' } }, /Счёт уже закрыт/u],
  ['a lost right', { 'POST /api/payments': { status: 404, code: 'not-found' } }, /больше не доступен/u],
  ['a way', { 'POST /api/payments': { status: 422, code: 'unknown-method' } }, /Выберите другой/u],
  ['a taken key', { 'POST /api/payments': { status: 409, code: 'key-taken' } }, /начнём новый/u],
  ['too often', { 'POST /api/payments': { status: 429, code: 'too-many', retryAfterS: 40 } }, /короткий перерыв/u],
  ['trouble', { 'POST /api/payments': { status: 503, code: 'unavailable' } }, /не отвечает.*503/u],
])('a refusal because of %s stands where it belongs, and what was typed stays', async (_name, troubles, words) => {
  const twin = new Twin({ person: inDebt(), troubles: troubles ?? {} })
  openApp(twin, '/pay')
  const field = await write('55')
  await userEvent.click(here('pay.submit'))
  await waitFor(() => {
    expect(textOf(document.body)).toMatch(words)
  })
  expect(field.value).toBe('55,00')
  if (words.test(textOf(here('pay.amounts')))) await isFocused(field.dataset['guide'] ?? '')
  expect(twin.payments.all).toEqual([])
  twin.troubles.clear()
  await userEvent.type(field, '{Backspace}')
  expect(textOf(here('pay.amounts'))).not.toMatch(words)
})

describe('there is no form', () => {
  test('without an open account', async () => {
    openApp(new Twin({ person: withoutAccounts() }), '/pay')
    await reads('Платить не за что')
  })

  test('while the ways are on their way, and when they do not come', async () => {
    const twin = new Twin({ person: inDebt(), troubles: { '/api/payments/methods': 'hang' } })
    const first = openApp(twin, '/pay')
    await there('pay.ways.loading')
    first.unmount()
    twin.troubles.set('/api/payments/methods', { status: 503, code: 'unavailable' })
    openApp(twin, '/pay')
    await reads('Способы оплаты не загрузились')
    twin.troubles.clear()
    await userEvent.click(here('pay.fault.retry'))
    await amount()
  })
})
