import { act, fireEvent, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { setMedia } from '../../tools/vitest-setup.ts'
import { nextAskMs } from '../data/payments.ts'
import type { Payment } from '../data/types.ts'
import { isWebPage } from '../features/payment/use-leaving.ts'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { COTTAGE, HOME, inDebt, NOW, twoAccounts } from '../twin/people.ts'
import { PAGE } from '../twin/payments.ts'
import { Twin } from '../twin/twin.ts'

function standing(changes: Partial<Payment> = {}, person = inDebt()) {
  const twin = new Twin({ person })
  const payment = twin.payments.put(changes)
  return { twin, payment, at: `/payments/${payment.id}` }
}

const steps = () => [...here('payment.steps').children].map((each) => textOf(each as HTMLElement))

describe('coming back', () => {
  test('shows each step with its time as it is reached, without a reload and without being sent away again', async () => {
    const { twin, payment, at } = standing()
    openApp(twin, at)
    await reads('Ждём оплаты')
    expect(steps()).toEqual(['Платёж принятсегодня в 12:04', 'Деньги у платёжной системыждём', 'Записано на счёт'])
    twin.payments.confirm(payment)
    await reads('Оплачено, записываем на счёт')
    expect(steps()[1]).toBe('Деньги у платёжной системысегодня в 12:04')
    expect(steps()[2]).toBe('Записано на счётждём')
    twin.payments.post(payment)
    await waitFor(() => {
      expect(steps()[2]).toBe('Записано на счётсегодня в 12:04')
    })
    expect(twin.left).toEqual([])
    const asked = twin.calls.length
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(twin.calls).toHaveLength(asked)
  })

  test('fresh data of the account is news of the payment: it is asked about at once', async () => {
    let now = NOW
    const { twin, payment, at } = standing()
    twin.payments.confirm(payment)
    openApp(twin, at, () => now)
    await reads('записываем на счёт')
    await waitFor(() => {
      expect(twin.opened).toHaveLength(1)
    })
    // Long waited: the next question would come in a quarter of a minute.
    now += 3_600_000
    twin.payments.post(payment)
    act(() => {
      twin.post({ kind: 'payment', amount: '-1234.50', text: 'Оплата картой' })
    })
    await waitFor(() => {
      expect(steps()[2]).toMatch(/^Записано на счётсегодня/u)
    })
  })

  test('who has not paid yet goes on from here, to a page of the web alone', async () => {
    const { twin, at } = standing()
    openApp(twin, at)
    await userEvent.click(await there('payment.go'))
    expect(twin.left).toEqual([PAGE])
    expect([isWebPage(PAGE), isWebPage('javascript:alert(1)')]).toEqual([true, false])
  })

  test('asks often at first and ever more seldom', () => {
    expect([nextAskMs(0), nextAskMs(8000), nextAskMs(3_600_000)]).toEqual([500, 2000, 15_000])
  })

  test('a silent server is said, and asked again by itself', async () => {
    const { twin, payment, at } = standing()
    openApp(twin, at)
    await reads('Ждём оплаты')
    twin.troubles.set(`/api/payments/${payment.id}`, 'down')
    await reads('Сервер не отвечает, спросим ещё раз сами')
    twin.troubles.clear()
    twin.payments.post(payment)
    await reads('Записано на счёт')
    await waitFor(() => {
      expect(textOf(here('payment'))).not.toContain('Сервер не отвечает')
    })
  })
})

describe('leaving', () => {
  async function pressed(change: (twin: Twin) => void = () => undefined) {
    const twin = new Twin({ person: inDebt() })
    change(twin)
    openApp(twin, '/pay')
    await userEvent.click(await there('pay.submit'))
    await there('screen.payment')
    return twin
  }

  test('waits for the payment system, and says when that takes long', async () => {
    let now = NOW
    const twin = new Twin({ person: inDebt(), now: () => NOW })
    twin.payments.go = null
    const payment = twin.payments.put()
    openApp(twin, `/payments/${payment.id}`, () => now)
    await reads('Это пара секунд')
    now += 21_000
    await reads('отвечает дольше обычного')
  })

  test('goes by itself once; a page that did not open has a button', async () => {
    const twin = await pressed()
    await userEvent.click(await there('payment.stay'))
    await there('payment.go')
    expect(twin.left).toEqual([PAGE])
  })

  test('a page that the browser has kept does not go again', async () => {
    const twin = await pressed()
    await there('payment.stay')
    fireEvent(window, Object.assign(new Event('pageshow'), { persisted: true }))
    await there('payment.go')
    expect(twin.left).toEqual([PAGE])
  })

  test('a form is posted by a press of the customer, with its fields in their order', async () => {
    await pressed((twin) => {
      twin.payments.go = { kind: 'form', url: 'https://pay.example/form', fields: [['sum', '10'], ['sign', 'ab']] }
    })
    const button = await there('payment.post')
    const form = button.closest('form')
    expect([form?.method, form?.action]).toEqual(['post', 'https://pay.example/form'])
    expect([...new FormData(form ?? undefined)]).toEqual([['sum', '10'], ['sign', 'ab']])
  })

  test('a code is drawn for the camera of a phone, and is a link on one', async () => {
    const symbol = (twin: Twin) => {
      twin.payments.go = { kind: 'symbol', payload: 'https://qr.example/AS1000' }
    }
    await pressed(symbol)
    await waitFor(() => {
      expect(document.querySelector('svg[role=img]')?.getAttribute('aria-label')).toBe('Код для оплаты телефоном')
    })
    document.body.replaceChildren()
    setMedia('(pointer: coarse)', true)
    const twin = await pressed(symbol)
    await userEvent.click(await there('payment.app'))
    expect(twin.left).toEqual(['https://qr.example/AS1000'])
  })
})

describe('a payment that did not go through', () => {
  test.each([
    ['failed', 'insufficient_funds', 'не хватает денег'],
    ['failed', 'card_expired', 'Срок действия карты'],
    ['failed', 'invalid_csc', 'код на обороте'],
    ['failed', '3d_secure_failed', 'не дождался подтверждения'],
    ['failed', 'authentication_required', 'только вы'],
    ['failed', 'issuer_unavailable', 'выпустивший карту'],
    ['failed', 'payment_method_limit_exceeded', 'исчерпан лимит'],
    ['failed', 'fraud_suspected', 'ради вашей безопасности'],
    ['failed', 'country_forbidden', 'не разрешает'],
    ['failed', 'something-new', 'не сказали почему'],
    ['expired', 'expired_on_confirmation', 'ждала полчаса'],
    ['cancelled', '', 'не закончив'],
  ] as const)('%s with %s says why in plain words, and where the money is', async (ended, reason, words) => {
    const { twin, at } = standing({ state: 'closed', ended, reason })
    openApp(twin, at)
    await reads(words)
    await reads('Денег мы не получили')
    expect(here('payment.other').getAttribute('href')).toBe(`/pay?account=${HOME}`)
  })

  test('is tried again and leaves for the page at once', async () => {
    const { twin, payment, at } = standing({ state: 'closed', ended: 'failed', reason: 'card_expired' })
    openApp(twin, at)
    await userEvent.click(await there('payment.again'))
    await waitFor(() => {
      expect(twin.left).toEqual([PAGE])
    })
    expect(payment.state).toBe('accepted')
  })

  test.each([
    ['unknown-method', 422, 'Выберите другой'],
    ['too-many', 429, 'Подождите минуту'],
    ['unavailable', 503, 'Сервис сейчас не отвечает'],
  ])('and a refusal of another try (%s) is said', async (code, status, words) => {
    const { twin, payment, at } = standing({ state: 'closed', ended: 'failed' })
    twin.troubles.set(`/api/payments/${payment.id}/again`, { status, code })
    openApp(twin, at)
    await userEvent.click(await there('payment.again'))
    await reads(words)
    expect(twin.left).toEqual([])
  })

  test('that another tab has tried again already is shown as it is', async () => {
    const { twin, payment, at } = standing({ state: 'closed', ended: 'failed' })
    openApp(twin, at)
    await there('payment.again')
    twin.payments.post(payment)
    await userEvent.click(here('payment.again'))
    await there('payment.steps')
    await waitFor(() => {
      expect(steps()[2]).toMatch(/сегодня/u)
    })
  })
})

test('a payment that a person checks asks for nothing', async () => {
  const { twin, at } = standing({ state: 'review' })
  openApp(twin, at)
  await reads('Платить второй раз не нужно')
  expect(isHere('payment.go')).toBe(false)
})

test('a payment of several accounts says what goes where, and what came back of it and when', async () => {
  const shares = [
    { account: HOME, amount: '1000.00', posted: true },
    { account: COTTAGE, amount: '234.50', posted: false },
  ]
  const { twin, payment, at } = standing({ shares, state: 'confirmed' }, twoAccounts())
  twin.payments.giveBack(payment, '34.50')
  payment.returns.push({ kind: 'bank', amount: '100.00', at: payment.accepted_at })
  openApp(twin, at)
  await waitFor(() => {
    expect(textOf(here('payment.steps'))).toMatch(/Вернули вам 34,50 ₽.*сегодня в 12:04Ваш банк вернул вам 100,00 ₽/u)
  })
  await waitFor(() => {
    expect(textOf(here('payment'))).toMatch(/Квартира ··· 45671 000,00 ₽.*записано на счётДача ··· 9921234,50 ₽.*записываем/u)
  })
  expect(payment.number).toBe(41)
})

test('a share that staff has moved says so with its day, and names no account but his own', async () => {
  const moves = [
    { source: HOME, target: COTTAGE, amount: '100.00', at: new Date(NOW).toISOString() },
    { source: HOME, target: null, amount: '34.50', at: new Date(NOW).toISOString() },
  ]
  const { twin, payment, at } = standing({ moves }, twoAccounts())
  twin.payments.post(payment)
  openApp(twin, at)
  await waitFor(() => {
    expect(steps().slice(3)).toEqual([
      expect.stringMatching(/^Сотрудник перенёс 100,00 ₽.* на ваш счёт Дача ··· 9921сегодня в 12:04$/u),
      expect.stringMatching(/^Сотрудник перенёс 34,50 ₽.* на другой лицевой счётсегодня в 12:04$/u),
    ])
  })
})

test('a payment that went back whole says so, and so does the list', async () => {
  const { twin, payment, at } = standing()
  twin.payments.post(payment)
  twin.payments.giveBack(payment, '1234.50')
  openApp(twin, at)
  await reads('Деньги возвращены')
  await userEvent.click(here('payment.all'))
  await waitFor(() => {
    expect(textOf(here('payments.row.41'))).toMatch(/возвращён$/u)
  })
})

test('a payment that went back before it was written down waits for nothing', async () => {
  const { twin, payment, at } = standing()
  twin.payments.confirm(payment)
  twin.payments.giveBack(payment, '1234.50')
  openApp(twin, at)
  await reads('Деньги возвращены')
  expect(textOf(here('payment.steps'))).not.toContain('ждём')
  expect(textOf(here('payment.steps'))).not.toContain('Записано на счёт')
})

test('a payment that is not there, or does not load, says so with a step', async () => {
  const { twin, payment, at } = standing()
  const first = openApp(twin, '/payments/019aa6f0-0000-7000-8000-00000000dead')
  await reads('Такого платежа здесь нет')
  first.unmount()
  twin.troubles.set(`/api/payments/${payment.id}`, { status: 503, code: 'unavailable' })
  openApp(twin, at)
  await reads('Платёж не загрузился')
  twin.troubles.clear()
  await userEvent.click(here('payment.fault.retry'))
  await reads('Ждём оплаты')
})

describe('the list of payments', () => {
  test('has the newest first, each with its state, and leads to each', async () => {
    const twin = new Twin({ person: inDebt() })
    const old = twin.payments.put({ accepted_at: new Date(NOW - 86_400_000).toISOString() })
    twin.payments.post(old)
    twin.payments.put({ state: 'closed', ended: 'failed', method: 'gone' })
    twin.payments.post(twin.payments.put())
    const third = twin.payments.all[2]
    if (third) twin.payments.giveBack(third, '34.50')
    const { address } = openApp(twin)
    await userEvent.click(await there('nav.payments'))
    await there('payments.row.41')
    const rows = [...document.querySelectorAll('[data-guide^="payments.row"]')].map((row) => textOf(row as HTMLElement))
    expect(rows.map((row) => row.slice(0, 11))).toEqual(['Платёж № 43', 'Платёж № 42', 'Платёж № 41'])
    await waitFor(() => {
      expect(textOf(here('payments.row.41'))).toMatch(/вчера в 12:04 · Банковской картойзаписан на счёт/u)
    })
    expect(rows[1]).toContain('не прошёл')
    expect(rows[0]).toContain('возвращён частично')
    await userEvent.click(here('payments.row.41'))
    await there('payment.steps')
    expect(address()).toBe(`/payments/${old.id}`)
  })

  test('that is empty invites, one on its way has bones, one that does not come says so', async () => {
    const twin = new Twin({ person: inDebt() })
    const first = openApp(twin, '/payments')
    await there('payments.first')
    first.unmount()
    twin.troubles.set('/api/payments', 'hang')
    const second = openApp(twin, '/payments')
    await reads('Загружаем')
    second.unmount()
    twin.troubles.set('/api/payments', { status: 500, code: 'internal' })
    openApp(twin, '/payments')
    await reads('Платежи не загрузились')
    twin.troubles.clear()
    await userEvent.click(here('payments.fault.retry'))
    await there('payments.first')
  })
})
