import { act, fireEvent, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test, vi } from 'vitest'
import { setMedia } from '../../tools/vitest-setup.ts'
import { CHECKING_MS } from '../features/payment/use-leaving.ts'
import { backSince, keepLeft } from '../parts/left.ts'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { inDebt, NOW } from '../twin/people.ts'
import { PAGE } from '../twin/payments.ts'
import { Twin } from '../twin/twin.ts'

const head = () => document.querySelector('h1[role=status]')?.textContent.replaceAll('\u00a0', ' ')

/** The page comes into sight: it asks at once and not only when its turn comes. */
function comeIntoSight(): void {
  act(() => {
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  })
}

/** A payment whose payer has left for the payment system from this tab, and a clock that a test moves. */
function left() {
  const time = { now: NOW }
  const twin = new Twin({ person: inDebt(), now: () => NOW })
  const payment = twin.payments.put()
  keepLeft(payment.id)
  const open = () => openApp(twin, `/payments/${payment.id}`, () => time.now)
  return { twin, payment, time, open }
}

describe('back from the payment system', () => {
  test('it is checked for two minutes, then said calmly that no answer has come, and its end is still shown', async () => {
    const { twin, payment, time, open } = left()
    open()
    await reads('Проверяем оплату…')
    await reads('Второй раз платить не нужно')
    expect(textOf(await there('payment.go'))).toBe('Не оплатили? Вернуться к оплате')
    time.now += CHECKING_MS
    await reads('Подтверждения пока нет')
    const pane = textOf(here('payment'))
    for (const words of ['ещё не сообщила', 'деньги не потеряются', 'Второй раз платить не нужно', 'в разделе «Платежи»', 'Позвоните нам']) {
      expect(pane).toContain(words)
    }
    expect(pane).not.toContain('Проверяем')
    twin.payments.post(payment)
    comeIntoSight()
    await waitFor(() => {
      expect(head()).toBe('Оплачено')
    })
    expect(isHere('payment.number')).toBe(false)
    expect(twin.left).toEqual([])
  })

  test('a refusal that comes late is shown as one', async () => {
    const { twin, payment, time, open } = left()
    open()
    await reads('Проверяем оплату…')
    time.now += CHECKING_MS
    await reads('Подтверждения пока нет')
    twin.payments.close(payment, 'failed', 'insufficient_funds')
    comeIntoSight()
    await reads('не хватает денег')
    expect(head()).toBe('Платёж не прошёл')
  })

  test('the bound goes on over a reload', async () => {
    const { time, open } = left()
    const first = open()
    await reads('Проверяем оплату…')
    first.unmount()
    time.now += CHECKING_MS
    open()
    await reads('Подтверждения пока нет')
  })

  test('the number of the payment is copied, and the receipt that was asked for is promised', async () => {
    const writeText = vi.fn(() => Promise.resolve())
    const { payment, time, open } = left()
    payment.receipt = { state: 'asked', contact: 'a···@example.org', number: '', drive: '', sign: '', registered_at: null, link: '' }
    open()
    await reads('Проверяем оплату…')
    time.now += CHECKING_MS
    const button = await there('payment.number')
    Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText } })
    fireEvent.click(button)
    await reads('Скопировано')
    expect(writeText).toHaveBeenCalledWith(String(payment.number))
    expect(textOf(here('payment'))).toContain('Когда оплата подтвердится, чек придёт на a···@example.org.')
  })

  test('while the payment system has no page any more, nothing but the answer is waited for', async () => {
    const { twin, open } = left()
    twin.payments.go = null
    open()
    await reads('Проверяем оплату…')
    expect(isHere('payment.go')).toBe(false)
  })
})

describe('whether somebody has left', () => {
  test('is known once he goes, by himself or by the button, and not of whoever stays', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/pay')
    await userEvent.click(await there('pay.submit'))
    await userEvent.click(await there('payment.stay'))
    await reads('Ждём оплаты')
    const id = twin.payments.all[0]?.id ?? ''
    expect(backSince(id, NOW)).toBeNull()
    await userEvent.click(await there('payment.go'))
    expect(twin.left).toEqual([PAGE, PAGE])
    expect(backSince(id, NOW)).toBe(NOW)
  })

  test('a form that is posted leaves too', async () => {
    const twin = new Twin({ person: inDebt() })
    twin.payments.go = { kind: 'form', url: 'https://pay.example/form', fields: [] }
    const { id } = twin.payments.put()
    openApp(twin, `/payments/${id}`)
    await there('payment.post')
    const form = document.querySelector('form')
    if (form) fireEvent.submit(form)
    expect(backSince(id, NOW)).toBe(NOW)
  })

  test('an app of a bank opens above the page: coming into sight again is coming back', async () => {
    setMedia('(pointer: coarse)', true)
    const twin = new Twin({ person: inDebt() })
    twin.payments.go = { kind: 'symbol', payload: 'https://qr.example/AS1000' }
    const { id } = twin.payments.put()
    openApp(twin, `/payments/${id}`)
    await userEvent.click(await there('payment.app'))
    expect(head()).toBe('Ждём оплаты')
    comeIntoSight()
    await reads('Проверяем оплату…')
  })

  test('another try after a refusal begins anew', async () => {
    const { twin, payment, time, open } = left()
    open()
    await reads('Проверяем оплату…')
    twin.payments.close(payment, 'failed', 'card_expired')
    await there('payment.again')
    time.now += CHECKING_MS
    twin.payments.go = { kind: 'form', url: 'https://pay.example/form', fields: [] }
    await userEvent.click(here('payment.again'))
    await reads('Ждём оплаты')
    expect(isHere('payment.number')).toBe(false)
  })
})

test('a page that nobody has left from is bounded as well, and keeps its way to pay', async () => {
  const time = { now: NOW }
  const twin = new Twin({ person: inDebt(), now: () => NOW })
  const { id } = twin.payments.put()
  openApp(twin, `/payments/${id}`, () => time.now)
  await reads('Ждём оплаты')
  expect(isHere('payment.number')).toBe(false)
  time.now += CHECKING_MS
  await there('payment.number')
  expect(head()).toBe('Ждём оплаты')
  expect(textOf(here('payment.go'))).toBe('Перейти к оплате')
})

test('by a link it is the same, without a list to look into', async () => {
  const time = { now: NOW }
  const twin = new Twin({ person: inDebt(), state: 'closed', now: () => NOW })
  const payment = twin.roads.put()
  keepLeft(payment.id)
  openApp(twin, `/paid/${payment.id}`, () => time.now)
  await reads('Проверяем оплату…')
  time.now += CHECKING_MS
  await reads('Подтверждения пока нет')
  await reads('Итог появится здесь же, по этому адресу')
  expect(textOf(here('paid'))).toContain(`Номер платежа: ${String(payment.number)}`)
  Object.assign(payment, { state: 'posted', go: null, confirmed_at: payment.accepted_at, posted_at: payment.accepted_at })
  comeIntoSight()
  await reads('Спасибо! Страницу можно закрыть.')
})
